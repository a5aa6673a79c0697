/**
 * Runs the stsw command line and reads what it says: a helper for scripts, not a second library. Each function runs one
 * command; what it resolves to is the JSON object that the command prints. A problem is a {@link StswError}.
 */

/** A tensor of a file; `data_offsets` are bytes from the start of the data, end exclusive. */
export interface Tensor {
  name: string;
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
  nbytes: number;
  /** 8 hex digits, where the file has checksums. */
  crc32?: string;
}

export interface Report {
  file: string;
  size: number;
  header_bytes: number;
  data_start: number;
  tensors: Tensor[];
  metadata: Record<string, string>;
}

export interface Verification {
  file: string;
  ok: boolean;
  /** How many tensors were compared with their checksums. */
  checked: number;
}

/** What a tensor's finite values are like, null where there are none, and how many are not finite. */
export interface TensorStatistics {
  name: string;
  dtype: string;
  shape: number[];
  count: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  std: number | null;
  l2: number | null;
  zeros: number | null;
  nan: number;
  inf: number;
  /** Where it was asked for; null where there are no values to count. */
  histogram?: { min: number; max: number; counts: number[] } | null;
}

export interface Statistics {
  file: string;
  tensors: TensorStatistics[];
  nan: number;
  inf: number;
}

/** How far a tensor of B is from that of A. */
export interface Measures {
  name: string;
  max_abs?: number | null;
  mean_abs?: number | null;
  l2?: number | null;
  rel_l2?: number | null;
  cosine?: number | null;
  /** Values that are NaN, or infinite, on one side alone. */
  nan?: number;
  inf?: number;
}

export interface TensorDifference extends Measures {
  reason: 'dtype' | 'shape' | 'values';
  a: { dtype: string; shape: number[] };
  b: { dtype: string; shape: number[] };
}

export interface Difference {
  a: string;
  b: string;
  equal: boolean;
  only_a: string[];
  only_b: string[];
  differs: TensorDifference[];
  close: Measures[];
  same: number;
  metadata: {
    only_a: Record<string, string>;
    only_b: Record<string, string>;
    differs: Record<string, { a: string; b: string }>;
  };
}

/** Something that a conversion did beside copying tensors under their own names. */
export interface Note {
  kind: string;
  subject: string;
  detail: string;
}

export interface Conversion {
  file: string;
  output: string;
  kind: string;
  dry_run: boolean;
  tensors: number;
  nbytes: number;
  crc32: boolean;
  notes: Note[];
}

export interface Check {
  check: string;
  ok: boolean;
  error?: string;
}

export interface Common {
  /** Ends the command; files that were being written are removed. */
  signal?: AbortSignal;
}

export interface ConvertOptions extends Common {
  crc32?: boolean;
  dtype?: string;
  key?: string;
  maxShardSize?: string;
  dryRun?: boolean;
  /** Further options of the command line, as it takes them. */
  options?: string[];
}

/** A command that did not end well: the message names the file and what is wrong. */
export class StswError extends Error {
  /** 1 where the file is bad, 2 for wrong usage or where it could not be checked. */
  readonly exitCode: number;
  /** What the command printed nevertheless. */
  readonly report?: Record<string, unknown>;
}

/** What a file holds: its tensors and its metadata. Reads the header alone. */
export function inspect(file: string, options?: Common): Promise<Report>;

/** Compares every tensor with its checksum. A file without checksums is an error, unless `structureOnly`. */
export function verify(file: string, options?: Common & { structureOnly?: boolean }): Promise<Verification>;

/** What the values of a file's tensors are like, with histograms of so many bins. Reads all values, on all cores. */
export function stats(file: string, options?: Common & { histogram?: number }): Promise<Statistics>;

/** Compares two models, each a file of any kind or a folder of shards. A difference is no error: see `equal`. */
export function diff(
  a: string,
  b: string,
  options?: Common & { rtol?: number; atol?: number; structureOnly?: boolean },
): Promise<Difference>;

/** Writes a checkpoint, NumPy arrays or a safetensors file of any dialect as safetensors, whole or not at all. */
export function convert(source: string, target: string, options?: ConvertOptions): Promise<Conversion>;

/** Tries everything on this machine: one object a check. */
export function selftest(options?: Common & { folder?: string }): Promise<Check[]>;
