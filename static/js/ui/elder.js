// 大字: 125 %. Remembered on this device: for a party per link, for staff everywhere.

const YEAR_SECONDS = 31_536_000;

export function wireElder() {
  for (const button of document.querySelectorAll("[data-elder]")) {
    button.addEventListener("click", () => {
      const large = document.documentElement.classList.toggle("elder");
      button.setAttribute("aria-pressed", String(large));
      const path = location.pathname.match(/^\/i\/[^/]+/)?.[0] ?? "/";
      document.cookie = `elder=${large ? 1 : 0}; path=${path}; max-age=${YEAR_SECONDS}; samesite=lax`;
    });
  }
}
