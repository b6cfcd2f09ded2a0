// The inspector without DevTools: as a tab of its own.
chrome.action.onClicked.addListener(() => void chrome.tabs.create({ url: chrome.runtime.getURL('extension/panel.html') }));
