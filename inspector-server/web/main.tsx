import '../../shared/ui/strict-page.ts';
import { createRoot } from 'react-dom/client';
import { App } from '../../shared/ui/app.tsx';
import { pageHost } from './page-host.ts';
import { takeStartToken } from './start-token.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root');
createRoot(root).render(<App host={pageHost(takeStartToken())} />);
