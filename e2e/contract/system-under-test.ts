/** A running Meower under test. It may hold meows already, but nobody else posts during the tests. */
export interface Subject {
  /** `http://host:port`, known once the tests run. */
  url(): string;
  /** nginx refuses foreign methods with 403, as in the original; a service by itself says 405. */
  behindNginx: boolean;
}
