export declare function hashPassword(plain: string): Promise<string>;
export declare function verifyPassword(hash: string | null, plain: string): Promise<boolean>;
