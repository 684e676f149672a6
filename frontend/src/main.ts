import './styles/main.scss';
import { createApp } from 'vue';
import App from './App.vue';
import { createMeowApi } from './api/meows.ts';
import { browserStorage } from './browser-storage.ts';
import { startLiveSession } from './live/session.ts';
import { loadStrings } from './locale/strings.ts';
import { startRouting } from './routing.ts';
import { createMeowerStore, storeKey } from './store/index.ts';

const store = createMeowerStore({ api: createMeowApi(), storage: browserStorage() });
startRouting(store);
startLiveSession(store);
// Only the built page has one. Without it, the page needs the network for each visit.
if (import.meta.env.PROD) void navigator.serviceWorker?.register('/sw.js');
void loadStrings().then(() => createApp(App).use(store, storeKey).mount('#app'));
