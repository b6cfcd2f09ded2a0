import '../shared/ui/strict-page.ts';
import { createRoot } from 'react-dom/client';
import { App } from '../shared/ui/app.tsx';
import { panelHost } from './panel-host.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('The panel has no root');
createRoot(root).render(<App host={panelHost()} />);
