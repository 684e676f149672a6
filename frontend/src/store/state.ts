import type { ComposerState } from './composer.ts';
import type { ConnectionState } from './connection.ts';
import type { PreferencesState } from './preferences.ts';
import type { RouteState } from './route.ts';
import type { SearchState } from './search.ts';
import type { SingleState } from './single.ts';
import type { TimelineState } from './timeline.ts';

/** The whole state of the page, by module. */
export interface RootState {
  timeline: TimelineState;
  composer: ComposerState;
  search: SearchState;
  connection: ConnectionState;
  preferences: PreferencesState;
  route: RouteState;
  single: SingleState;
}
