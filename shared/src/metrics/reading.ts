/** One value, or one for each value of the label. */
export type ReadValue = number | Readonly<Record<string, number>>;

/**
 * A value that is read when it is asked for, about every few seconds. What it describes knows nothing of
 * Prometheus, only its conventions for names: base units, `_total` for what only grows.
 */
export interface Reading {
  readonly type: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  /** Of readings with several values, which must be few. */
  readonly label?: string;
  /** May reject: the value is then unknown. */
  read(): ReadValue | Promise<ReadValue>;
}
