// What the first view does not need. `load-second-script.ts` loads it.
import ComposeDialog from './components/ComposeDialog.vue';
import MeowMenu from './components/MeowMenu.vue';
import ReportMeow from './components/ReportMeow.vue';
import ShortcutHelp from './components/ShortcutHelp.vue';

export { createMatcher } from '@meower/shared/search/analysis/matcher.ts';
export { words } from '@meower/shared/search/analysis/words.ts';
export { default as NewMeowAnnouncer } from './components/NewMeowAnnouncer.vue';
export { default as ReaderSettings } from './components/ReaderSettings.vue';
export { default as Search } from './components/Search.vue';
export { default as SingleMeow } from './components/SingleMeow.vue';
export { focusMeow, leaveFeed } from './focus.ts';

export const dialogs = { compose: ComposeDialog, help: ShortcutHelp, menu: MeowMenu, report: ReportMeow };
