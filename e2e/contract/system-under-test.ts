/** A running Meower. It may hold earlier meows, but no other client posts during the tests. */
export interface SystemUnderTest {
  /** `http://host:port`, known when the tests run. */
  url(): string;
  /** nginx refuses other methods with 403, as in the original; a service answers 405. */
  behindNginx: boolean;
  /** The port for operators, where it can be reached. */
  admin?: { url(): string; token: string };
}
