import { z } from 'zod';
import { defineEvent } from './define-event.ts';

const MEOW_SERVICE = '/meower/meow-service';

/** A meow was created. The message id is the meow's. */
export const meowCreated = defineEvent('meow.created', {
  source: MEOW_SERVICE,
  key: ({ id }) => id,
  schema: z.object({
    id: z.string().min(1),
    /** HTML-escaped, as it is stored. */
    body: z.string(),
    /** RFC 3339 in UTC with six fractional digits. */
    created_at: z.string().min(1),
  }),
});

/** A meow was deleted: forget it wherever it is. */
export const meowDeleted = defineEvent('meow.deleted', {
  source: MEOW_SERVICE,
  key: ({ id }) => id,
  schema: z.object({ id: z.string().min(1) }),
});

/** The message id of a deletion: deleting twice says it once. */
export const deletionId = (meowId: string): string => `${meowId}.deleted`;

/** A header of events that tell of a meow again, long after it was created: readers that show news skip these. */
export const REPUBLISHED = 'x-republished';
