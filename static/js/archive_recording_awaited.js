// The page of a recording that is still being prepared shows it as soon as it is ready.

const EVERY_MS = 2_000;

async function look() {
  const response = await fetch(location.href, { headers: { Accept: "application/json" } });
  if (response.ok && (await response.json()).ready) location.reload();
}

setInterval(() => look().catch(() => {}), EVERY_MS);
