// Which screen is shown.  Ids stand in the fragment alone, which never leaves the browser; titles say nothing of a case.

import { say } from './words.svelte.ts';

export interface Place { screen: string; id: string }

function read(): Place {
  const [screen = '', id = ''] = location.hash.replace(/^#\/?/, '').split('/');
  return { screen: screen || 'today', id: decodeURIComponent(id) };
}

class Route {
  place = $state.raw<Place>(read());
  // How many of our entries lie behind this one, so that Leave can go back to the first.
  private depth = typeof history.state?.depth === 'number' ? (history.state.depth as number) : 0;

  constructor() {
    history.replaceState({ depth: this.depth }, '');
    addEventListener('popstate', (event) => {
      this.depth = typeof event.state?.depth === 'number' ? event.state.depth : 0;
      this.place = read();
    });
    addEventListener('hashchange', () => { this.place = read(); });
  }

  go(path: string): void {
    this.depth += 1;
    history.pushState({ depth: this.depth }, '', '#/' + path);
    this.place = read();
  }

  // In place of this screen: Back leads to the one before it.
  turn(path: string): void {
    history.replaceState({ depth: this.depth }, '', '#/' + path);
    this.place = read();
  }

  // One touch: blank at once, then an ordinary page; Back and Forward do not return (P21).
  leave(): void {
    document.documentElement.hidden = true;
    const away = (): void => location.replace('/away.html');
    if (this.depth === 0) return away();
    addEventListener('popstate', away, { once: true });
    setTimeout(away, 400);
    history.go(-this.depth);
  }
}

export const route = new Route();
export function title(screen: string): void { document.title = say(`title-${screen}`) || say('title-today'); }
