import { storageContract } from '../../shared/engine/testing/storage-contract.ts';
import { sqliteBench } from '../testing/sqlite-bench.ts';

storageContract('storage in SQLite files', sqliteBench);
