import './styles/main.scss';
import { createApp } from 'vue';
import App from './App.vue';
import { createMeowApi } from './api/meows.ts';
import { browserStorage } from './browser-storage.ts';
import { startLiveSession } from './live/session.ts';
import { secondScript } from './load-second-script.ts';
import { loadStrings, preparePlurals } from './locale/strings.ts';
import { prepareTimes } from './locale/times.ts';
import { startRouting } from './routing.ts';
import { createMeowerStore, storeKey } from './store/index.ts';
import { nextTask, whenIdle } from './tasks.ts';

// Several short tasks instead of a long one: in between, the browser paints, handles input and sends requests.
void secondScript.load();
await nextTask();
const store = createMeowerStore({ api: createMeowApi(), storage: browserStorage() });
await nextTask();
startRouting(store);
await nextTask();
startLiveSession(store);
await loadStrings();
await nextTask();
preparePlurals();
await nextTask();
createApp(App).use(store, storeKey).mount('#app');
await nextTask();
prepareTimes();
// Only the built page has one. Without it, the page needs the network for each visit.
if (import.meta.env.PROD)
  whenIdle(() => void navigator.serviceWorker?.register('/sw.js').catch((error) => console.warn(error)));
