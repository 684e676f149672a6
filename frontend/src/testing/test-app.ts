import { mount } from '@vue/test-utils';
import type { Component } from 'vue';
import type { BrowserStorage } from '../browser-storage.ts';
import { createMeowerStore, storeKey } from '../store/index.ts';
import { FakeApi } from './fake-api.ts';
import { fakeStorage } from './fake-storage.ts';

/** A store on an API in memory, and a function that mounts a component with it. */
export function testApp({
  api = new FakeApi(),
  storage = fakeStorage(),
}: {
  api?: FakeApi;
  storage?: BrowserStorage;
} = {}) {
  const store = createMeowerStore({ api, storage });
  const show = (component: Component, props: Record<string, unknown> = {}) =>
    mount(component, {
      props,
      attachTo: document.body,
      global: { provide: { [storeKey as symbol]: store } },
    });
  return { api, store, show };
}
