// Loads the page. A browser gives up what it is loading when the machine gets or loses a network, as it does when Docker
// starts a container there: then the page is loaded again, a few times at most.
const KEY = 'maestro-loads';
const MOST = 10;

import('/assets/main.js').then(
  () => sessionStorage.removeItem(KEY),
  () => {
    const loads = Number(sessionStorage.getItem(KEY)) + 1;
    if (loads > MOST) return;
    sessionStorage.setItem(KEY, loads);
    setTimeout(() => location.reload(), 500);
  },
);
