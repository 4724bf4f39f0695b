/** Choices that outlive the page, where the browser allows that. */

export function recall(name) {
  try {
    return localStorage.getItem(`palfriend.${name}`);
  } catch {
    return null; // storage is forbidden here: the choice then lasts as long as the page
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`palfriend.${name}`, value);
  } catch {
    // as above
  }
}
