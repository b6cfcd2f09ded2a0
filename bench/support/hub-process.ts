import { startHub } from '../../inspector-server/index.ts';

// A hub in a process of its own, which ends with the one that started it.

process.once('message', (dataDir: string) => {
  void startHub({ dataDir, port: 0 }).then((hub) => {
    process.send?.(hub.agentUrl.replace(/\/agent$/, ''));
    process.on('disconnect', () => void hub.close().then(() => process.exit()));
  });
});
