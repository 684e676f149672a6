import './styles/main.scss';
import { createApp } from 'vue';
import App from './App.vue';
import { createMeowApi } from './api/meows.ts';
import { startLiveSession } from './live/session.ts';
import { loadStrings } from './locale/strings.ts';
import { startRouting } from './routing.ts';
import { createMeowerStore, storeKey } from './store/index.ts';
import { createOutboxStorage } from './store/outbox-storage.ts';

const store = createMeowerStore({ api: createMeowApi(), storage: createOutboxStorage() });
startRouting(store);
startLiveSession(store);
void loadStrings().then(() => createApp(App).use(store, storeKey).mount('#app'));
