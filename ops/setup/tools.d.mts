/** Path of the Bun that package.json pins, fetched when it is not there. @throws SetupError */
export declare function ensureBun(root: string, home: string): Promise<string>;
