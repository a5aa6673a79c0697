# What stsw.cmd must be able to do, for the scripts beside this one, which source it after common.sh.

# expect CODE WORDS COMMAND…: it ends with that code, and prints these words (none: whatever it likes) on either stream.
expect() {
  local code=$1 words=$2 said rc
  shift 2
  # Through pipes: Wine gives Windows programs no handle of some files.
  said=$(timeout -k 5 120 "$@" 2>&1 </dev/null | cat; exit "${PIPESTATUS[0]}")
  rc=$?
  if [ $rc != "$code" ] || [[ "$said" != *"$words"* ]]; then
    printf 'FAILED: %s\n  ended with %s, not %s, and printed (expected: %s)\n%s\n' "${*:2}" $rc "$code" "$words" "$said"
    return 1
  fi
}

# try_stsw FOLDER COMMAND…: what every way in must be able to do under Wine, in a folder of its own. Every failure is
# told; the status says whether there was one.
try_stsw() {
  local folder=$1 bad=0
  shift
  rm -rf "$folder" && mkdir -p "$folder" && cd "$folder" || return 2
  cp "$root/examples/tiny-transformer.pt" "in & put.pt"
  # In the ANSI code page, 模型.st would be ??.st, and then whatever has two letters.
  printf precious >ab.st
  expect 0 "31 tensors" "$@" convert "in & put.pt" 模型.st --crc32 || bad=1
  [ -f 模型.st ] && [ "$(cat ab.st)" = precious ] || { echo "FAILED: 模型.st is not there, or ab.st was touched"; bad=1; }
  expect 0 "lm_head.weight" "$@" inspect 模型.st || bad=1
  # In place: what it reads is what it replaces.
  expect 0 "31 tensors" "$@" convert 模型.st 模型.st --crc32 || bad=1
  [ "$(echo *)" = "ab.st in & put.pt 模型.st" ] || { echo "FAILED: left behind: $(echo *)"; bad=1; }
  expect 0 "ok (31 tensors" "$@" verify 模型.st || bad=1
  cp 模型.st "dam aged.st" && printf '\377' | dd of="dam aged.st" bs=1 seek=$(($(stat -c %s 模型.st) - 1)) conv=notrunc status=none
  expect 1 "dam aged.st: FAILED" "$@" verify "dam aged.st" || bad=1
  expect 2 "no such file" "$@" verify "not & there" || bad=1
  expect 2 "convert" "$@" convert || bad=1
  cd "$here" && return $bad
}
