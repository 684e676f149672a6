import { z } from 'zod';

/** The answer of an operation with one status. */
export interface Answer {
  description: string;
  /** What the body holds. No body when absent. */
  schema?: z.ZodType;
  /** Default: JSON. */
  mediaType?: string;
  /** By name. */
  headers?: Readonly<Record<string, z.ZodType>>;
}

/**
 * What a route of an HTTP interface takes and answers, for the documents of the interface. The schemas are those that
 * check the input at run time.
 */
export interface Operation {
  summary: string;
  description?: string;
  /** The values of `:name` in the path. */
  path?: z.ZodObject;
  query?: z.ZodObject;
  /** The names are lower case. */
  headers?: z.ZodObject;
  /** A form or a JSON object. */
  body?: z.ZodObject;
  answers: Readonly<Record<number, Answer>>;
  /** The sentences of `{"error"}`, by status, in addition to those that any request can get. */
  errors?: Readonly<Record<number, readonly string[]>>;
  /** Whether it needs the operators' token. */
  forOperators?: boolean;
}

/** By route, such as `GET /meows/:id`. */
export type Operations = Readonly<Record<string, Operation>>;

/** The body of every error. */
export const errorBody = z.object({ error: z.string() }).meta({ id: 'Error' });
