import type { RequestHandler } from 'express';
import { HttpError } from './errors.ts';

/** A page in an operator's browser could post to a port that the browser can reach. */
export const refuseWebPages: RequestHandler = (req, _res, next) => {
  if (req.headers.origin !== undefined) throw new HttpError(403, 'Not for web pages');
  next();
};
