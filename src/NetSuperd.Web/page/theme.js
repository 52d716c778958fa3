// The theme that was chosen, before anything is drawn: as the system, light or dark. A classic script, because modules run too late.
(function () {
  const themes = ['auto', 'light', 'dark'];
  const texts = { auto: 'Auto, as the system', light: 'Light', dark: 'Dark' };

  function stored() {
    try {
      return localStorage.getItem('theme');
    } catch {
      return null; // The browser keeps nothing for this page.
    }
  }

  function apply(theme) {
    const known = themes.includes(theme) ? theme : 'auto';
    document.documentElement.dataset.theme = known;
    const button = document.getElementById('theme');
    if (button) {
      button.textContent = texts[known].split(',')[0];
      button.setAttribute('aria-label', `Theme: ${texts[known]}`);
    }
    return known;
  }

  let theme = apply(stored());

  globalThis.nextTheme = function () {
    theme = apply(themes[(themes.indexOf(theme) + 1) % themes.length]);
    try {
      localStorage.setItem('theme', theme);
    } catch {
      // It holds until the page is closed.
    }
  };

  document.addEventListener('DOMContentLoaded', () => apply(theme));
})();
