// Runs once per DevTools window: makes the panel.
chrome.devtools.panels.create('Contexts', '', 'extension/panel.html');
