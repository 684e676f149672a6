import { z } from 'zod';
import { meowJson } from './meow.ts';

// What operators are sent, on a port of their own.

export const banJson = z
  .object({ id: z.string().describe('The meow whose poster is banned'), ends_at: z.iso.datetime() })
  .meta({ id: 'Ban' });
export type BanJson = z.infer<typeof banJson>;

export const reportedMeowJson = meowJson
  .extend({ reasons: z.array(z.string()).describe('One for each report'), comments: z.array(z.string()) })
  .meta({ id: 'ReportedMeow' });
export type ReportedMeowJson = z.infer<typeof reportedMeowJson>;
