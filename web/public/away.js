// The ordinary page that "Leave" opens: a pocket calculator that works.  It knows nothing of what was there before, and the
// entry that it adds cuts off whatever lay ahead in the history.
history.pushState(null, '', location.pathname);

const shown = document.getElementById('shown');
let before = null;
let sign = null;
let typed = '';

function show(text) { shown.textContent = text; }

function reckon(a, b) {
  if (sign === '+') return a + b;
  if (sign === '−') return a - b;
  if (sign === '×') return a * b;
  return b === 0 ? NaN : a / b;
}

function press(key) {
  if (/[0-9.]/.test(key)) {
    if (key === '.' && typed.includes('.')) return;
    typed = (typed + key).slice(0, 12);
    return show(typed);
  }
  if (key === 'C') {
    before = sign = null;
    typed = '';
    return show('0');
  }
  const now = typed === '' ? Number(shown.textContent) || 0 : Number(typed);
  before = sign !== null && before !== null && typed !== '' ? reckon(before, now) : now;
  sign = key === '=' ? null : key;
  typed = '';
  show(Number.isNaN(before) ? 'Error' : String(Math.round(before * 1e8) / 1e8));
}

const keys = document.getElementById('keys');
for (const key of '789÷456×123−0.=+C') {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = key;
  button.addEventListener('click', () => press(key));
  keys.append(button);
}
