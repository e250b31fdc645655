BEGIN TRANSACTION;
CREATE TABLE account (
	id VARCHAR(32) NOT NULL, 
	username VARCHAR(80) NOT NULL, 
	username_key VARCHAR(80) NOT NULL, 
	email VARCHAR(254) NOT NULL, 
	email_key VARCHAR(254) NOT NULL, 
	email_confirmed_at DATETIME, 
	password_hash VARCHAR(120) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (id)
);
INSERT INTO "account" VALUES('28a6c8fa6c082433206c1259eff8bf1f','person-c386dc9a75','person-c386dc9a75','person-c386dc9a75@example.org','person-c386dc9a75@example.org',NULL,'$argon2id$v=19$m=19456,t=2,p=1$pj5YCoRsc+72/6VmpaIDTg$ZjJPGZup7pt9nyyvvxu7bJjaRHt0W+ID7X8z1f5ytqE','2026-11-25 12:07:04.776141');
INSERT INTO "account" VALUES('9a4aeeaca8778d6e6eab180b18ae032c','person-c46a8efde1','person-c46a8efde1','person-c46a8efde1@example.org','person-c46a8efde1@example.org',NULL,'$argon2id$v=19$m=19456,t=2,p=1$vIxix3jpFmewQufQBUqwaA$UXT89eTf1V7TzAC3kGsfeMKYwiNSdEfqOiqDy7LeqyA','2026-11-25 12:07:05.444434');
INSERT INTO "account" VALUES('c6190407b5cf94ff1a418a00ce796144','person-6608502ce1','person-6608502ce1','person-6608502ce1@example.org','person-6608502ce1@example.org',NULL,'$argon2id$v=19$m=19456,t=2,p=1$BEN3F1j9kpKV/gHiO+84SQ$wby+QjY6tSdWSX5XJARhm8kZa6Ts1fv4suxe1pcU9Cg','2026-11-25 12:07:06.097003');
CREATE TABLE ready_site_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT ready_site_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "ready_site_version" VALUES('0001');
CREATE TABLE vestibule_authenticator (
	id VARCHAR(32) NOT NULL, 
	subject_id VARCHAR(32) NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	key_id VARCHAR(8) NOT NULL, 
	ciphertext BLOB NOT NULL, 
	last_step BIGINT NOT NULL, 
	confirmed_at DATETIME NOT NULL, 
	last_used_at DATETIME NOT NULL, 
	disabled_at DATETIME, 
	CONSTRAINT pk_vestibule_authenticator PRIMARY KEY (id), 
	CONSTRAINT fk_vestibule_authenticator_subject_id_vestibule_subject FOREIGN KEY(subject_id) REFERENCES vestibule_subject (id), 
	CONSTRAINT uq_vestibule_authenticator_subject_id_fingerprint UNIQUE (subject_id, fingerprint)
);
INSERT INTO "vestibule_authenticator" VALUES('ce7df28557b8305b9620a5851b5b38d1','f72c5ab95762f4a235cd3a9fb942606c','Phone','b02bb6a53ef3aca1b2fe24ec5bfa32ba61c126c6d9042c4c531ece6134f8df51','941d6e67',X'70A6975A2CDF5388A0D5023657B112AEA1A502DCCF1A39D0CAA2EF9065F8E54171215E00AE715C8A190D05543591243AE36082C810BEFC5DAE7FCCA5',59853613,'2026-11-25 12:07:05.346148','2026-11-25 12:07:05.346148',NULL);
INSERT INTO "vestibule_authenticator" VALUES('e60d5b10ccc087255827df1d0e7f4e71','be472554ca3ee7b820f7c241907d8fe8','Phone','15fde0bef375c050d84a897d204d795d66fca7529c94a290b34163d72808271e','941d6e67',X'D3EB747678513546BBA320DA8FC319D539A36AF2AF7D30F622B2F5B23BE4A51E62BA7D15E27A937DCD06ABF8A5D5A8A55F9193D3C0D5074FE822BFFA',59853613,'2026-11-25 12:07:05.816558','2026-11-25 12:07:05.816558',NULL);
CREATE TABLE vestibule_backup_code (
	id VARCHAR(32) NOT NULL, 
	subject_id VARCHAR(32) NOT NULL, 
	set_number INTEGER NOT NULL, 
	selector VARCHAR(4) NOT NULL, 
	code_hash VARCHAR(120) NOT NULL, 
	made_at DATETIME NOT NULL, 
	saved_at DATETIME, 
	used_at DATETIME, 
	CONSTRAINT pk_vestibule_backup_code PRIMARY KEY (id), 
	CONSTRAINT fk_vestibule_backup_code_subject_id_vestibule_subject FOREIGN KEY(subject_id) REFERENCES vestibule_subject (id), 
	CONSTRAINT uq_vestibule_backup_code_subject_id_selector UNIQUE (subject_id, selector)
);
INSERT INTO "vestibule_backup_code" VALUES('36c6370aa91f5981e027bf6d8a931cff','f72c5ab95762f4a235cd3a9fb942606c',1,'N4A','$argon2id$v=19$m=19456,t=2,p=1$Rsgu2lvD5oJg3zK/oYLhWw$z6WpQUh4WnWlfnOF1iN/uysAGH59aSK+8aM3yZyYs84','2026-11-25 12:07:05.346148','2026-11-25 12:07:05.381378','2026-11-25 12:07:05.991173');
INSERT INTO "vestibule_backup_code" VALUES('dc5e83581ab979160ecc6ef2569ccf9e','f72c5ab95762f4a235cd3a9fb942606c',1,'3JF','$argon2id$v=19$m=19456,t=2,p=1$tXc1orVYHa9YneoEfytiNw$a9r2fWcK83lB0sSVxsUHgWMSTq6p6t5Wgc7KsJS76rk','2026-11-25 12:07:05.346148','2026-11-25 12:07:05.381378',NULL);
INSERT INTO "vestibule_backup_code" VALUES('9e891f4531fd5694f456e519440f2ae0','f72c5ab95762f4a235cd3a9fb942606c',1,'FEM','$argon2id$v=19$m=19456,t=2,p=1$fV/J0o/sCO+Ko6TDF+Nrtg$DsQhM2QUi1iHfawNzkBtrXqm+bMnYrBXrC46LzwBjxk','2026-11-25 12:07:05.346148','2026-11-25 12:07:05.381378',NULL);
INSERT INTO "vestibule_backup_code" VALUES('8bc05854ec76d9dc2f185514faf5b13c','f72c5ab95762f4a235cd3a9fb942606c',1,'T8X','$argon2id$v=19$m=19456,t=2,p=1$wQw42LwW6erGqvdml7QQ/A$7yIwExCVGbzwk9vwvTixu8Ki78spvWSwv1iuI+XHO4Q','2026-11-25 12:07:05.346148','2026-11-25 12:07:05.381378',NULL);
INSERT INTO "vestibule_backup_code" VALUES('6e32ae129ae7e58720588ceadfb7de81','f72c5ab95762f4a235cd3a9fb942606c',1,'AMX','$argon2id$v=19$m=19456,t=2,p=1$BmNDviFp1BFkDp939X327Q$fMar8RWXFKkJFt9mMiDvlaZ62UIpYUUWT7qiMTaiVR0','2026-11-25 12:07:05.346148','2026-11-25 12:07:05.381378',NULL);
INSERT INTO "vestibule_backup_code" VALUES('4f30a79da0d1e7527698cd9f800ba3b1','f72c5ab95762f4a235cd3a9fb942606c',1,'YFM','$argon2id$v=19$m=19456,t=2,p=1$RwkKWVU5/6A5XBY9vet/jw$kAkYG7e1I1BdhQd3yUK4/zQ3X0xnUNtk0FnsNVD4A/o','2026-11-25 12:07:05.346148','2026-11-25 12:07:05.381378',NULL);
INSERT INTO "vestibule_backup_code" VALUES('600464f31d6a913b33d111710ecf90fe','f72c5ab95762f4a235cd3a9fb942606c',1,'SM4','$argon2id$v=19$m=19456,t=2,p=1$9FY/XntGHNGlJvTMLpIBkA$AMFHr6v+5vIgF7tFuevTVaxZqTEsN/KrNXgz+FyQ0dg','2026-11-25 12:07:05.346148','2026-11-25 12:07:05.381378',NULL);
INSERT INTO "vestibule_backup_code" VALUES('d11425b7c7d03aa765899eb41d974475','f72c5ab95762f4a235cd3a9fb942606c',1,'GVR','$argon2id$v=19$m=19456,t=2,p=1$Op+cyTYveo5KeLILUXWO6g$xMlVvkk1Ef8ekjY36JYc827L46re03XC1l0ITP9E+l8','2026-11-25 12:07:05.346148','2026-11-25 12:07:05.381378',NULL);
INSERT INTO "vestibule_backup_code" VALUES('ab1fb15f2644688192fa18ed6bfbc58e','f72c5ab95762f4a235cd3a9fb942606c',1,'N6Q','$argon2id$v=19$m=19456,t=2,p=1$kVsSGpefotzCf9yyxp0YfQ$Grry8QeaTObovGbjbPMbEu1XNM0TYH1mn5ViaSbMj+4','2026-11-25 12:07:05.346148','2026-11-25 12:07:05.381378',NULL);
INSERT INTO "vestibule_backup_code" VALUES('4324958f0d072b2008b1395792075fec','f72c5ab95762f4a235cd3a9fb942606c',1,'6PD','$argon2id$v=19$m=19456,t=2,p=1$gZxjA/tdpjVkfsyw0ZGuig$BAM5uJv7yY6tockPrQfFyYGR8DNaIvmbMlKJ1jaHaa4','2026-11-25 12:07:05.346148','2026-11-25 12:07:05.381378',NULL);
INSERT INTO "vestibule_backup_code" VALUES('1cb768411061e9d63ffc922eb7a0edf0','be472554ca3ee7b820f7c241907d8fe8',1,'8M6','$argon2id$v=19$m=19456,t=2,p=1$VyAfq9A4hINleAmdAWsqmg$n3jV6EhHDWvzss0B/GQZSmoZ6XrVCZJRm9o7oAuIQmA','2026-11-25 12:07:05.816558','2026-11-25 12:07:05.834304',NULL);
INSERT INTO "vestibule_backup_code" VALUES('c8eec94e366a4dc2481614636ef5e0d6','be472554ca3ee7b820f7c241907d8fe8',1,'JYD','$argon2id$v=19$m=19456,t=2,p=1$tW9BxKIQaQBjqVnubhGJNw$rf8ho7a/29ecpRf+oOpIPAPHrOL+//ACpcyj0oL5uco','2026-11-25 12:07:05.816558','2026-11-25 12:07:05.834304',NULL);
INSERT INTO "vestibule_backup_code" VALUES('d2e16352e8bc07bb3a4caed1a06948c5','be472554ca3ee7b820f7c241907d8fe8',1,'EKH','$argon2id$v=19$m=19456,t=2,p=1$bufLEAT/GU/OBV9/xerQLA$D+lgyGQ6mNe42sfaml19X7rnoJreNood36GE0yh78nQ','2026-11-25 12:07:05.816558','2026-11-25 12:07:05.834304',NULL);
INSERT INTO "vestibule_backup_code" VALUES('f4e4fb6c12c0c5fa65d5c06b17e91a68','be472554ca3ee7b820f7c241907d8fe8',1,'E7C','$argon2id$v=19$m=19456,t=2,p=1$NfiINb5B3WFbXmSXg0ADbw$GnfF6czSsG4hU7de3wulQf08D8C/WMokr4cL2YIW+Zc','2026-11-25 12:07:05.816558','2026-11-25 12:07:05.834304',NULL);
INSERT INTO "vestibule_backup_code" VALUES('9d318f013462251b8293f608e2f14192','be472554ca3ee7b820f7c241907d8fe8',1,'AVB','$argon2id$v=19$m=19456,t=2,p=1$pMIWtIGS48O929BI0RqR8w$feIARIt4I142i3n+DIOhipd0LM5nuPA9L82dYi3C0tA','2026-11-25 12:07:05.816558','2026-11-25 12:07:05.834304',NULL);
INSERT INTO "vestibule_backup_code" VALUES('702b77468a842b0845ff6a964fd5e5c5','be472554ca3ee7b820f7c241907d8fe8',1,'Q4E','$argon2id$v=19$m=19456,t=2,p=1$l+dA8FACGen+Wa9WZBBSbg$4ortT5ZtaSpjeLXkEYW9HOgEdBW0AGShbiFb/7F/xvM','2026-11-25 12:07:05.816558','2026-11-25 12:07:05.834304',NULL);
INSERT INTO "vestibule_backup_code" VALUES('861cf72b30c473e9223f6daba41d0856','be472554ca3ee7b820f7c241907d8fe8',1,'0VN','$argon2id$v=19$m=19456,t=2,p=1$L1coWfjJFy8ai97i1TiyHw$LHQmLFfF3hKprHlYdtfoEakRq4VGppKvAEchCOSTYmc','2026-11-25 12:07:05.816558','2026-11-25 12:07:05.834304',NULL);
INSERT INTO "vestibule_backup_code" VALUES('613447513fd74e5701fb85f6a9238489','be472554ca3ee7b820f7c241907d8fe8',1,'217','$argon2id$v=19$m=19456,t=2,p=1$ftLAa5BUPDTpZHhS5muEqw$eeq9NKgeOZd4CayE55Ekd/JzsvR4FG1kHkpVybQOTv0','2026-11-25 12:07:05.816558','2026-11-25 12:07:05.834304',NULL);
INSERT INTO "vestibule_backup_code" VALUES('19dfe2b966b4caa5bab61d34a1c6fb46','be472554ca3ee7b820f7c241907d8fe8',1,'VTS','$argon2id$v=19$m=19456,t=2,p=1$4uNokmpK+MIAeITNeBU81w$lVt+rBW0COH9MqFYbdNpErYkLDi5/C32/z6dZwrxZM4','2026-11-25 12:07:05.816558','2026-11-25 12:07:05.834304',NULL);
INSERT INTO "vestibule_backup_code" VALUES('4547702b67c2faf8859e6501eba6bb6c','be472554ca3ee7b820f7c241907d8fe8',1,'107','$argon2id$v=19$m=19456,t=2,p=1$8sGP8Bd3U67A9AuXoB+6qg$GAVQwi+8bUvDLvMKxFLOR7IFEp8FS7gMdHYfCHu8AFo','2026-11-25 12:07:05.816558','2026-11-25 12:07:05.834304',NULL);
CREATE TABLE vestibule_budget (
	kind VARCHAR(40) NOT NULL, 
	subject VARCHAR(128) NOT NULL, 
	count INTEGER NOT NULL, 
	window_ends DATETIME, 
	blocked_until DATETIME, 
	CONSTRAINT pk_vestibule_budget PRIMARY KEY (kind, subject)
);
INSERT INTO "vestibule_budget" VALUES('site.name_asked','192.0.2.1',3,'2026-11-25 13:07:04.732621',NULL);
INSERT INTO "vestibule_budget" VALUES('site.registration','192.0.2.1',3,'2026-11-25 13:07:04.746128',NULL);
INSERT INTO "vestibule_budget" VALUES('site.mail_to_one','9caa19feb9955cbcf978e98e2a4cca01ac95bee642e93b8c159c683afd11415c',1,'2026-11-26 12:07:04.776515',NULL);
INSERT INTO "vestibule_budget" VALUES('enrolment.confirm','f72c5ab95762f4a235cd3a9fb942606c',1,'2026-11-25 12:22:04.992777',NULL);
INSERT INTO "vestibule_budget" VALUES('site.mail_to_one','3f694e48d1190d1d0c467fc31af2e9b3e306892f14b3ef0ca9ced6c4b54085f9',1,'2026-11-26 12:07:05.444727',NULL);
INSERT INTO "vestibule_budget" VALUES('enrolment.confirm','be472554ca3ee7b820f7c241907d8fe8',1,'2026-11-25 12:22:05.553998',NULL);
INSERT INTO "vestibule_budget" VALUES('password.address','192.0.2.1',1,'2026-11-25 12:17:05.865877',NULL);
INSERT INTO "vestibule_budget" VALUES('backup_code.own','36c6370aa91f5981e027bf6d8a931cff',1,'2026-11-25 13:07:05.962596',NULL);
INSERT INTO "vestibule_budget" VALUES('backup_code.pending','a8f517d957d477ecadd7275a22c5e0f7527e26c49be67fcd266c152c4e92bc36',1,'2026-11-25 13:07:05.962596',NULL);
INSERT INTO "vestibule_budget" VALUES('backup_code.account','f72c5ab95762f4a235cd3a9fb942606c',0,'2026-11-26 12:07:05.962596',NULL);
INSERT INTO "vestibule_budget" VALUES('site.mail_to_one','8d2428a1b08ca91b42e46a7e20332f942436667f1b1e00e574a8684c72ee55d7',1,'2026-11-26 12:07:06.097275',NULL);
CREATE TABLE vestibule_enrolment (
	owner VARCHAR(64) NOT NULL, 
	subject_id VARCHAR(32) NOT NULL, 
	key_id VARCHAR(8) NOT NULL, 
	ciphertext BLOB NOT NULL, 
	ends_at DATETIME NOT NULL, 
	CONSTRAINT pk_vestibule_enrolment PRIMARY KEY (owner), 
	CONSTRAINT fk_vestibule_enrolment_subject_id_vestibule_subject FOREIGN KEY(subject_id) REFERENCES vestibule_subject (id)
);
INSERT INTO "vestibule_enrolment" VALUES('cd578bf5174fec940ffc4016225ef234413655b0a18aaa0e8a626eb3b888a1fd','cd5e88548ea64b3d2c7ed339986c1f42','941d6e67',X'7F4D30006D1CE18818377F9C7682BB2E976D6CA0F68174439176EBC3DD61BB800ECD991D02FFBA36FA3DEC069C791D778DB3FCC3C40AAB310CEE8AE8','2026-11-25 12:22:06.111293');
CREATE TABLE vestibule_event (
	id VARCHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	result VARCHAR(10) NOT NULL, 
	factor VARCHAR(20), 
	subject_id VARCHAR(32), 
	actor VARCHAR(32), 
	address VARCHAR(45) NOT NULL, 
	browser VARCHAR(200) NOT NULL, 
	request_id VARCHAR(32) NOT NULL, 
	details JSON NOT NULL, 
	CONSTRAINT pk_vestibule_event PRIMARY KEY (id), 
	CONSTRAINT fk_vestibule_event_subject_id_vestibule_subject FOREIGN KEY(subject_id) REFERENCES vestibule_subject (id) ON DELETE RESTRICT
);
INSERT INTO "vestibule_event" VALUES('9c6ab160de41fc60a249882a1ab330db','2026-11-25 12:07:04.782652','account.created','ok',NULL,'f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','18d6f2aaffffeb9043ab9eeb4a29cfad','{}');
INSERT INTO "vestibule_event" VALUES('337b9ac9fb781e44753b38cbbba0b17c','2026-11-25 12:07:04.790607','signin.started','ok','password','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','18d6f2aaffffeb9043ab9eeb4a29cfad','{"stage": "enrolment"}');
INSERT INTO "vestibule_event" VALUES('f1246410abd067401fe94a93c26dc949','2026-11-25 12:07:04.822811','authenticator.offered','ok','totp','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','769ec2f163bc259dfbd9bee3607e291f','{}');
INSERT INTO "vestibule_event" VALUES('a71b213c6d069dbcabc38cd56820dbc3','2026-11-25 12:07:04.992777','try.taken','ok','totp','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','79a90ee9a09ec35f1e18004169c6df25','{}');
INSERT INTO "vestibule_event" VALUES('47f09d28c7da542819abf620d0c92b11','2026-11-25 12:07:05.346148','authenticator.added','ok','totp','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','79a90ee9a09ec35f1e18004169c6df25','{"authenticator": "ce7df28557b8305b9620a5851b5b38d1"}');
INSERT INTO "vestibule_event" VALUES('0567d1458186c02449c5b7173b9b8710','2026-11-25 12:07:05.346148','backup_codes.made','ok','backup_code','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','79a90ee9a09ec35f1e18004169c6df25','{"set_number": 1, "count": 10}');
INSERT INTO "vestibule_event" VALUES('a82df221541f2972dd403b2e3cbc3571','2026-11-25 12:07:05.346148','session.opened','ok','totp','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','79a90ee9a09ec35f1e18004169c6df25','{"level": "aal2", "session": "f5c5892103282e26cc4e8a11f448144f0677023930ce1acd9baf2f90a8057afe"}');
INSERT INTO "vestibule_event" VALUES('67c1716a420d5310f11ac675b6b813c6','2026-11-25 12:07:05.367374','backup_codes.shown','ok',NULL,'f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','6784082be6d95e56aaadd9c8a30fabf9','{}');
INSERT INTO "vestibule_event" VALUES('be52b7393ceaf9df3e0447e8e59923a8','2026-11-25 12:07:05.381378','backup_codes.saved','ok',NULL,'f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','b30dd94af632bf9f69f6e6f83fe75154','{}');
INSERT INTO "vestibule_event" VALUES('7ae1f1635f9f1426954ec105b8ecdc3a','2026-11-25 12:07:05.456769','account.created','ok',NULL,'be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','13f57fc23f1ef3f7709948fe4fc51751','{}');
INSERT INTO "vestibule_event" VALUES('1fd2f755e8e4e73564734df1cbec1421','2026-11-25 12:07:05.459514','signin.started','ok','password','be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','13f57fc23f1ef3f7709948fe4fc51751','{"stage": "enrolment"}');
INSERT INTO "vestibule_event" VALUES('7415092e1c22083915d8ec9f975acb52','2026-11-25 12:07:05.463438','authenticator.offered','ok','totp','be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','3e78172394e12f04305ffb200041a005','{}');
INSERT INTO "vestibule_event" VALUES('63e577241742c8c1890b0f2366408b40','2026-11-25 12:07:05.553998','try.taken','ok','totp','be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','bda10e450faf510cb37fecdbcef99444','{}');
INSERT INTO "vestibule_event" VALUES('fcc4b0704ad7307bfb588405f2c99fea','2026-11-25 12:07:05.816558','authenticator.added','ok','totp','be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','bda10e450faf510cb37fecdbcef99444','{"authenticator": "e60d5b10ccc087255827df1d0e7f4e71"}');
INSERT INTO "vestibule_event" VALUES('11493f6690f7c5d1bcfa7c6b39141046','2026-11-25 12:07:05.816558','backup_codes.made','ok','backup_code','be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','bda10e450faf510cb37fecdbcef99444','{"set_number": 1, "count": 10}');
INSERT INTO "vestibule_event" VALUES('d0e9dedb0a6a67ffe7b84494a256ced0','2026-11-25 12:07:05.816558','session.opened','ok','totp','be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','bda10e450faf510cb37fecdbcef99444','{"level": "aal2", "session": "e0e49db28ee27377547a9c8b297e092d6935976e15f9067d64bc175f8cd464b0"}');
INSERT INTO "vestibule_event" VALUES('30a4701bfa19130b420e0a60f37a488a','2026-11-25 12:07:05.828898','backup_codes.shown','ok',NULL,'be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','89bb6b6492530b8f73c0a465966533ba','{}');
INSERT INTO "vestibule_event" VALUES('480b89419161f0be92e1b2571c7ac897','2026-11-25 12:07:05.834304','backup_codes.saved','ok',NULL,'be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','efc56460e6ae1d291c3aba3aa08bd9a6','{}');
INSERT INTO "vestibule_event" VALUES('74a6695c1558e6cdfabdbc7732979ae7','2026-11-25 12:07:05.841282','session.ended','ok',NULL,'f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','ca8b36e522b5c7c7d535987663444181','{"session": "f5c5892103282e26cc4e8a11f448144f0677023930ce1acd9baf2f90a8057afe"}');
INSERT INTO "vestibule_event" VALUES('6d27db6bd0f97f73bf56fc9132276385','2026-11-25 12:07:05.865877','try.taken','ok','password','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','ee505ed8dea6caaed0d02f2e07d8d7cd','{}');
INSERT INTO "vestibule_event" VALUES('d1dad56ba78c740842986afa3646f5f0','2026-11-25 12:07:05.896352','password.failed','failed','password','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','ee505ed8dea6caaed0d02f2e07d8d7cd','{}');
INSERT INTO "vestibule_event" VALUES('242537b0b1082b00ca58bd124ec57bc4','2026-11-25 12:07:05.902382','try.taken','ok','password','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','bd86698070b5fcf612abe7a62b8b8d7f','{}');
INSERT INTO "vestibule_event" VALUES('c331707e7b76e58a10a5b12f984990c3','2026-11-25 12:07:05.929131','signin.started','ok','password','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','bd86698070b5fcf612abe7a62b8b8d7f','{"stage": "second-step"}');
INSERT INTO "vestibule_event" VALUES('20377600342a0909c23e9234935b7cf0','2026-11-25 12:07:05.962596','try.taken','ok','backup_code','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','46df4eb1682d5c2dd3d6ccc194323188','{}');
INSERT INTO "vestibule_event" VALUES('95ab67da148663d4b6a1b693310b7a7d','2026-11-25 12:07:05.991173','backup_codes.used','ok','backup_code','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','46df4eb1682d5c2dd3d6ccc194323188','{"code": "36c6370aa91f5981e027bf6d8a931cff"}');
INSERT INTO "vestibule_event" VALUES('93e729f21e9a165bc769e3a46bed28fc','2026-11-25 12:07:05.991173','session.opened','ok','backup_code','f72c5ab95762f4a235cd3a9fb942606c','f72c5ab95762f4a235cd3a9fb942606c','192.0.2.1','python-httpx/0.28.1','46df4eb1682d5c2dd3d6ccc194323188','{"level": "aal2", "session": "3af2944edef5a195c11266d1a06e88738e93b0707eed5834b26f32b2c0e16d08"}');
INSERT INTO "vestibule_event" VALUES('bc1dfca51373cd50d8d6e49e1dee2745','2026-11-25 12:07:06.016287','session.ended','ok',NULL,'be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','1e8ddee9fc1dcc111e1f13486c7b7afc','{"session": "e0e49db28ee27377547a9c8b297e092d6935976e15f9067d64bc175f8cd464b0"}');
INSERT INTO "vestibule_event" VALUES('ec3191eb32f67a66881b6169c8c5ef66','2026-11-25 12:07:06.026404','try.taken','ok','password','be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','636ed1bccbb1074e88ac3d89ff34fdb2','{}');
INSERT INTO "vestibule_event" VALUES('ca9f83486c919e4748c1df76b37a45fe','2026-11-25 12:07:06.055602','signin.started','ok','password','be472554ca3ee7b820f7c241907d8fe8','be472554ca3ee7b820f7c241907d8fe8','192.0.2.1','python-httpx/0.28.1','636ed1bccbb1074e88ac3d89ff34fdb2','{"stage": "second-step"}');
INSERT INTO "vestibule_event" VALUES('ff2d1adf8b93705e459f70431bd45130','2026-11-25 12:07:06.103224','account.created','ok',NULL,'cd5e88548ea64b3d2c7ed339986c1f42','cd5e88548ea64b3d2c7ed339986c1f42','192.0.2.1','python-httpx/0.28.1','7cab899d65e5433f14d97c9762a59057','{}');
INSERT INTO "vestibule_event" VALUES('3a2c8ae2595688da15c4e5daeeda46a9','2026-11-25 12:07:06.108341','signin.started','ok','password','cd5e88548ea64b3d2c7ed339986c1f42','cd5e88548ea64b3d2c7ed339986c1f42','192.0.2.1','python-httpx/0.28.1','7cab899d65e5433f14d97c9762a59057','{"stage": "enrolment"}');
INSERT INTO "vestibule_event" VALUES('b6f1ae9dff10756123d0b073e878251a','2026-11-25 12:07:06.111293','authenticator.offered','ok','totp','cd5e88548ea64b3d2c7ed339986c1f42','cd5e88548ea64b3d2c7ed339986c1f42','192.0.2.1','python-httpx/0.28.1','ed25eb034b68e0068bb05ad7b7799fe2','{}');
CREATE TABLE vestibule_pending_signin (
	id VARCHAR(64) NOT NULL, 
	subject_id VARCHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	login_id VARCHAR(255) NOT NULL, 
	account_name VARCHAR(255) NOT NULL, 
	stages VARCHAR(80) NOT NULL, 
	next_url TEXT, 
	host_session TEXT, 
	first_step_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	CONSTRAINT pk_vestibule_pending_signin PRIMARY KEY (id), 
	CONSTRAINT fk_vestibule_pending_signin_subject_id_vestibule_subject FOREIGN KEY(subject_id) REFERENCES vestibule_subject (id)
);
INSERT INTO "vestibule_pending_signin" VALUES('eb1cf96d338d4afc19e3ded121d0bf09c0aec8a86f122acb2629c88b9ceb420d','be472554ca3ee7b820f7c241907d8fe8',2,'9a4aeeaca8778d6e6eab180b18ae032c','person-c46a8efde1','second-step','/dashboard',NULL,'2026-11-25 12:07:06.055602','2026-11-25 12:17:06.055602');
INSERT INTO "vestibule_pending_signin" VALUES('cd578bf5174fec940ffc4016225ef234413655b0a18aaa0e8a626eb3b888a1fd','cd5e88548ea64b3d2c7ed339986c1f42',1,'c6190407b5cf94ff1a418a00ce796144','person-6608502ce1','enrolment','/dashboard',NULL,'2026-11-25 12:07:06.108341','2026-11-25 12:22:06.108341');
CREATE TABLE vestibule_session (
	id VARCHAR(64) NOT NULL, 
	subject_id VARCHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	login_id VARCHAR(255) NOT NULL, 
	level VARCHAR(4) NOT NULL, 
	created_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	first_step_at DATETIME NOT NULL, 
	second_step_at DATETIME, 
	address VARCHAR(45) NOT NULL, 
	browser VARCHAR(200) NOT NULL, 
	unseen_codes TEXT, 
	CONSTRAINT pk_vestibule_session PRIMARY KEY (id), 
	CONSTRAINT fk_vestibule_session_subject_id_vestibule_subject FOREIGN KEY(subject_id) REFERENCES vestibule_subject (id)
);
INSERT INTO "vestibule_session" VALUES('3af2944edef5a195c11266d1a06e88738e93b0707eed5834b26f32b2c0e16d08','f72c5ab95762f4a235cd3a9fb942606c',2,'28a6c8fa6c082433206c1259eff8bf1f','aal2','2026-11-25 12:07:05.991173','2026-11-26 12:07:05.991173','2026-11-25 12:07:05.991173','2026-11-25 12:07:05.929131','2026-11-25 12:07:05.991173','192.0.2.1','python-httpx/0.28.1',NULL);
CREATE TABLE vestibule_subject (
	id VARCHAR(32) NOT NULL, 
	user_id VARCHAR(255) NOT NULL, 
	closed VARCHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_vestibule_subject PRIMARY KEY (id)
);
INSERT INTO "vestibule_subject" VALUES('f72c5ab95762f4a235cd3a9fb942606c','28a6c8fa6c082433206c1259eff8bf1f','',2,'2026-11-25 12:07:04.782652');
INSERT INTO "vestibule_subject" VALUES('be472554ca3ee7b820f7c241907d8fe8','9a4aeeaca8778d6e6eab180b18ae032c','',2,'2026-11-25 12:07:05.456769');
INSERT INTO "vestibule_subject" VALUES('cd5e88548ea64b3d2c7ed339986c1f42','c6190407b5cf94ff1a418a00ce796144','',1,'2026-11-25 12:07:06.103224');
CREATE TABLE vestibule_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT vestibule_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "vestibule_version" VALUES('0001');
CREATE UNIQUE INDEX uq_vestibule_subject_open ON vestibule_subject (user_id, closed);
CREATE INDEX ix_vestibule_authenticator_key_id ON vestibule_authenticator (key_id);
CREATE INDEX ix_vestibule_authenticator_subject_id ON vestibule_authenticator (subject_id);
CREATE INDEX ix_vestibule_enrolment_ends_at ON vestibule_enrolment (ends_at);
CREATE INDEX ix_vestibule_enrolment_key_id ON vestibule_enrolment (key_id);
CREATE INDEX ix_vestibule_enrolment_subject_id ON vestibule_enrolment (subject_id);
CREATE INDEX ix_vestibule_event_subject_at ON vestibule_event (subject_id, at);
CREATE INDEX ix_vestibule_pending_signin_ends_at ON vestibule_pending_signin (ends_at);
CREATE INDEX ix_vestibule_pending_signin_subject_id ON vestibule_pending_signin (subject_id);
CREATE INDEX ix_vestibule_session_ends_at ON vestibule_session (ends_at);
CREATE INDEX ix_vestibule_session_subject_id ON vestibule_session (subject_id);
CREATE INDEX ix_account_email_key ON account (email_key);
CREATE UNIQUE INDEX uq_account_username_key ON account (username_key);
COMMIT;
