// Where the client begins.
import { mount } from 'svelte';

import App from './App.svelte';
import './style.css';

mount(App, { target: document.getElementById('app')! });

// The worker that keeps the program at hand without a line; the policy lets this one address be a script, and no other.
interface Policies { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } }
const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
const worker = '/worker.js';
const only = policies?.createPolicy('sanjal-worker', {
  createScriptURL(url) {
    if (url !== worker) throw new TypeError('not our worker');
    return url;
  },
});
if ('serviceWorker' in navigator && import.meta.env.PROD) {
  addEventListener('load', () => void navigator.serviceWorker.register(only ? only.createScriptURL(worker) : worker).catch(() => {}));
}
