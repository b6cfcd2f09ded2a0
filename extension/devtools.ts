// Runs once per DevTools window: makes the panel.
void chrome.devtools.panels.create('Contexts', '', 'extension/panel.html');
