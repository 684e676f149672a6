import { type SqlDatabase, statement } from '@meower/shared/db/sql.ts';
import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import { handleQuery } from '@meower/shared/http/input-handlers.ts';
import type { Handle } from '@meower/shared/message/router/handler.ts';
import { once } from '@meower/shared/message/router/middleware/once.ts';
import { z } from 'zod';
import { type UserRegistered, userId } from '../user-registered.ts';

const WELCOME_POINTS = 100;

const statements = {
  // Not idempotent on purpose: `once` makes it happen once, also for a message that is repeated.
  add: statement(
    'add_points',
    `INSERT INTO points AS p (user_id, points) VALUES ($1, $2)
     ON CONFLICT (user_id) DO UPDATE SET points = p.points + excluded.points`,
  ),
  of: statement<{ points: number }>('points_of', 'SELECT points FROM points WHERE user_id = $1'),
};

/** Books points for each registration, once. */
export function bookPoints(db: SqlDatabase, event: UserRegistered): Handle {
  return once({ db, handler: 'points' }, async (message, session) => {
    await session.run(statements.add, [event.read(message).id, WELCOME_POINTS]);
  });
}

export function pointsRoutes(db: SqlDatabase) {
  return defineRoutes({
    'GET /v1/points/:userId': handleQuery(z.object({ userId }), async ({ userId }) => {
      const [row] = await db.run(statements.of, [userId]);
      if (!row) throw new HttpError(404, 'This user has no points');
      return { user_id: userId, points: row.points };
    }),
  });
}
