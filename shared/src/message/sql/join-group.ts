import { type SqlDatabase, statement } from '../../db/sql.ts';

const statements = {
  group: statement('broker_add_group', 'INSERT INTO broker_groups (name) VALUES ($1) ON CONFLICT DO NOTHING'),
  // A topic that is new to the group begins with its oldest message kept.
  topics: statement(
    'broker_add_positions',
    `INSERT INTO broker_positions (group_name, topic, seq)
     SELECT $1, t.topic, greatest(h.first_seq, c.seq)
     FROM broker_head h, unnest($2::text[]) AS t(topic) LEFT JOIN broker_cuts c USING (topic) ORDER BY t.topic
     ON CONFLICT DO NOTHING`,
  ),
};

/** Creates what is missing of a group. */
export function joinGroup(db: SqlDatabase, name: string, topics: readonly string[]): Promise<void> {
  return db.transaction(async (session) => {
    await session.run(statements.group, [name]);
    await session.run(statements.topics, [name, topics]);
  });
}
