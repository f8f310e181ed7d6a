// The page of a personal link before its click. The secret is in the fragment, which browsers never send; only the
// person's click posts it. In browsers inside other apps, where calls don't work, the way out is shown first.

const page = document.getElementById("closed");
const problem = document.getElementById("problem");
const show = (id, visible = true) => {
  document.getElementById(id).hidden = !visible;
};
const secret = () => location.hash.slice(1);
const OTHER_APPS = /QQ\/|Weibo|DingTalk|AlipayClient|Lark\/|FBAN|FBAV|Line\/|Instagram/i;

// WeChat never lets pages call. Other apps may: they are left only where camera and microphone are refused already.
async function canCall() {
  if (page.dataset.inApp === "1" || !navigator.mediaDevices?.getUserMedia) return false;
  return !OTHER_APPS.test(navigator.userAgent) || !(await refused("camera")) || !(await refused("microphone"));
}

async function refused(name) {
  try {
    return (await navigator.permissions.query({ name })).state === "denied";
  } catch {
    return false; // browsers that can't be asked
  }
}

async function begin() {
  if (!secret()) {
    say(page.dataset.noSecret);
    return;
  }
  const callsWork = await canCall();
  show("ready", callsWork);
  show("open-answers", callsWork);
  show("handoff", !callsWork);
  show("handoff-answers", !callsWork);
  show("read-here-line", !callsWork);
}

async function redeem(button) {
  button.disabled = true;
  problem.hidden = true;
  try {
    const answer = await fetch(page.dataset.redeem, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ token: secret() }),
    });
    if (answer.ok) {
      history.replaceState(null, "", location.pathname);
      location.reload();
      return;
    }
    const { error } = await answer.json();
    say(error.message);
  } catch {
    say(page.dataset.failed);
  }
  button.disabled = false;
}

function say(sentence) {
  const body = problem.querySelector(".notice-body");
  body.querySelector("p")?.remove();
  const line = document.createElement("p");
  line.textContent = sentence;
  body.append(line);
  problem.hidden = false;
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
  } catch {
    copyTheOldWay(location.href);
  }
  const button = document.querySelector("#copy span");
  button.textContent = page.dataset.copied;
  document.getElementById("said").textContent = page.dataset.copied;
}

// Browsers inside other apps often refuse the clipboard API.
function copyTheOldWay(text) {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

document.getElementById("open").addEventListener("click", (event) => redeem(event.currentTarget));
document.getElementById("read-here").addEventListener("click", (event) => redeem(event.currentTarget));
document.getElementById("copy").addEventListener("click", copyLink);
window.addEventListener("hashchange", begin);
begin();
