// Maps a file and adds up its bytes, eight at a time: what a mapped read can reach at best. The header is a part of it.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    struct stat status;
    int file = open(argv[1], O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0) return 1;
    double start = now(), seconds = 0;
    const uint64_t *words = mmap(NULL, status.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (words == MAP_FAILED) return 1;
    volatile uint64_t result;
    for (int pass = 0; pass < atoi(argv[2]); pass++) {
        if (pass > 0) start = now();
        uint64_t sum = 0;
        for (off_t i = 0; i < status.st_size / 8; i++) sum += words[i];
        result = sum;
        seconds = now() - start;
    }
    (void)result;
    printf("{\"seconds\": %.6f}\n", seconds);
    return 0;
}
