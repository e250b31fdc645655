CREATE TABLE public.account (
    id character varying(32) NOT NULL,
    username character varying(80) NOT NULL,
    username_key character varying(80) NOT NULL,
    email character varying(254) NOT NULL,
    email_key character varying(254) NOT NULL,
    email_confirmed_at timestamp with time zone,
    password_hash character varying(120) NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.ready_site_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.vestibule_authenticator (
    id character varying(32) NOT NULL,
    subject_id character varying(32) NOT NULL,
    name character varying(40) NOT NULL,
    fingerprint character varying(64) NOT NULL,
    key_id character varying(8) NOT NULL,
    ciphertext bytea NOT NULL,
    last_step bigint NOT NULL,
    confirmed_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone
);
CREATE TABLE public.vestibule_backup_code (
    id character varying(32) NOT NULL,
    subject_id character varying(32) NOT NULL,
    set_number integer NOT NULL,
    selector character varying(4) NOT NULL,
    code_hash character varying(120) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    saved_at timestamp with time zone,
    used_at timestamp with time zone
);
CREATE TABLE public.vestibule_budget (
    kind character varying(40) NOT NULL,
    subject character varying(128) NOT NULL,
    count integer NOT NULL,
    window_ends timestamp with time zone,
    blocked_until timestamp with time zone
);
CREATE TABLE public.vestibule_enrolment (
    owner character varying(64) NOT NULL,
    subject_id character varying(32) NOT NULL,
    key_id character varying(8) NOT NULL,
    ciphertext bytea NOT NULL,
    ends_at timestamp with time zone NOT NULL
);
CREATE TABLE public.vestibule_event (
    id character varying(32) NOT NULL,
    at timestamp with time zone NOT NULL,
    kind character varying(40) NOT NULL,
    result character varying(10) NOT NULL,
    factor character varying(20),
    subject_id character varying(32),
    actor character varying(32),
    address character varying(45) NOT NULL,
    browser character varying(200) NOT NULL,
    request_id character varying(32) NOT NULL,
    details json NOT NULL
);
CREATE TABLE public.vestibule_pending_signin (
    id character varying(64) NOT NULL,
    subject_id character varying(32) NOT NULL,
    version integer NOT NULL,
    login_id character varying(255) NOT NULL,
    account_name character varying(255) NOT NULL,
    stages character varying(80) NOT NULL,
    next_url text,
    host_session text,
    first_step_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL
);
CREATE TABLE public.vestibule_session (
    id character varying(64) NOT NULL,
    subject_id character varying(32) NOT NULL,
    version integer NOT NULL,
    login_id character varying(255) NOT NULL,
    level character varying(4) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    first_step_at timestamp with time zone NOT NULL,
    second_step_at timestamp with time zone,
    address character varying(45) NOT NULL,
    browser character varying(200) NOT NULL,
    unseen_codes text
);
CREATE TABLE public.vestibule_subject (
    id character varying(32) NOT NULL,
    user_id character varying(255) NOT NULL,
    closed character varying(32) NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.vestibule_version (
    version_num character varying(32) NOT NULL
);
INSERT INTO public.account VALUES ('ff769ed92c43c9bfd13fc32a0f777e34', 'person-7ef6042540', 'person-7ef6042540', 'person-7ef6042540@example.org', 'person-7ef6042540@example.org', NULL, '$argon2id$v=19$m=19456,t=2,p=1$xs2MV1dpjOd7MRZ1VSdjgw$P1nQV4fE8+PfIiqN2AxfSAX0SDwilVnmBlVnnSFRX9o', '2026-11-25 12:07:06.471481+00');
INSERT INTO public.account VALUES ('d889888b85e85c6ba3c4017f81b96306', 'person-5235a4c7a5', 'person-5235a4c7a5', 'person-5235a4c7a5@example.org', 'person-5235a4c7a5@example.org', NULL, '$argon2id$v=19$m=19456,t=2,p=1$PKbK3Rp76sIHe1vYH1JHcw$+VMN5a7OinsG9RXgZC2k7JMtTQbrt93JynM1sXPwp24', '2026-11-25 12:07:06.952796+00');
INSERT INTO public.account VALUES ('c5930f0a84c5e4b4460e0df6956c5e39', 'person-097031f29a', 'person-097031f29a', 'person-097031f29a@example.org', 'person-097031f29a@example.org', NULL, '$argon2id$v=19$m=19456,t=2,p=1$FL4XoaWYDGub4jcM0HU45w$9JqLAITHXjQhUQGCZUPCRu0Jw7UoLWUtTw0HR+kb8LY', '2026-11-25 12:07:07.712122+00');
INSERT INTO public.ready_site_version VALUES ('0001');
INSERT INTO public.vestibule_authenticator VALUES ('414585aee2eee2f2e34d6cd20fe6bec5', 'cfc9643bf42269ba5e76bb45ed73db82', 'Phone', '45cba7e13a0447152c20ad73ff69ee4ac44746401ed1a951d8ffe90837c5476a', '25120154', '\x2451715cb665f30a6aa1d61c43596a9472fc975b6a4a1a3f38790c2477d85103651d8e9569f30af1a33c08140b1f3a8a6373d8d056b3cb9de22c04d4', 59853613, '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.85162+00', NULL);
INSERT INTO public.vestibule_authenticator VALUES ('70fa33e0777f9288cbf7fb7a01fab880', '208185803628293509f78bd5bd3a062e', 'Phone', '5e5a5a03063bd853c850b047477b058540fa1a72077993ad8e92068636e83207', '25120154', '\x003fe86f4f063088c6645ba5dc2637ac01c4c9f90d6d7564e3430d79082036a9dca99b8d2a7ed452e82c0eb37a874682d2408743ebcb8a8f402e0bdb', 59853613, '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.404392+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('3a8a6db6ba4b7ee3b08b913866e2e6e0', 'cfc9643bf42269ba5e76bb45ed73db82', 1, '2M5', '$argon2id$v=19$m=19456,t=2,p=1$QDFAiwZ5CXOgCINbzl57aw$2aaIW+8KnJRbWibgQk2MUmg03+yh2ET+24hGpBQeUSU', '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.919163+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('fa46f0688bee64b697230fb544d357a9', 'cfc9643bf42269ba5e76bb45ed73db82', 1, '5GS', '$argon2id$v=19$m=19456,t=2,p=1$hXnxgpFhENFlRdEH6bAvIQ$Ca8uAP0ZopiNRgjJ8WvXbNrXd/aoMRPcMwvFbY0r7yY', '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.919163+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('3341944fd628f009001d214247abeb6a', 'cfc9643bf42269ba5e76bb45ed73db82', 1, '5PK', '$argon2id$v=19$m=19456,t=2,p=1$4el1hySLCykYtuZofpHjAA$EH9wFO/sBBkV8Dhrfz8N/zJVAa6/Dzoa0f1BzKnfQmw', '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.919163+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('8bdf125aaa668f370f145345c56563c1', 'cfc9643bf42269ba5e76bb45ed73db82', 1, '7WQ', '$argon2id$v=19$m=19456,t=2,p=1$Ydnf/SYDDRkDi6pKJwBA1w$J14hcLHDi8E3JhUOBe8YYv8vGUkszWclr37YIDA52+k', '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.919163+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('15261be0a22b52427a853e4ef9afc863', 'cfc9643bf42269ba5e76bb45ed73db82', 1, 'CZ4', '$argon2id$v=19$m=19456,t=2,p=1$UMlv/QodRpJJ5TIlL/uczQ$t4sHosYv85Z0a29UGRNraK3Q1qMk0j37VFUEYA5q360', '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.919163+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('c0a8c30193a5542f74e9f45fd783ae40', 'cfc9643bf42269ba5e76bb45ed73db82', 1, 'FRZ', '$argon2id$v=19$m=19456,t=2,p=1$QuT6lljkCsdjvtUy0+AiIw$gKz8yKZzygXLbUfSOsKh6HO90yxQbUuypCllTXJc43Q', '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.919163+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('3e0f56179c46fe0876db1f20c379158b', 'cfc9643bf42269ba5e76bb45ed73db82', 1, 'QJJ', '$argon2id$v=19$m=19456,t=2,p=1$+wtEny1VVUIvGmlMUzr57w$v8nBewSlkBzsB3Mh2gDsgZsdpeo6EIuP1yBX7uGASYQ', '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.919163+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('da178ea85159b2565c7e13f66741c27d', 'cfc9643bf42269ba5e76bb45ed73db82', 1, 'RA4', '$argon2id$v=19$m=19456,t=2,p=1$HmnYnM6UGghBL1UTf5r+0g$IXzY+6COo/xD/gxNn+iBIfu7iW1JYtV5nuzeLFzq6ec', '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.919163+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('0396c906494a0bcaac01c322a2351348', 'cfc9643bf42269ba5e76bb45ed73db82', 1, 'VZ0', '$argon2id$v=19$m=19456,t=2,p=1$mjUKh9fyqPa7SN0DtD1EEQ$+Ua7NdI6QizHC/G66+n/TIwpf6e1UUZQt3Ci3Gmga9g', '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.919163+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('152246f6301542338fff90a1d8a1cf11', '208185803628293509f78bd5bd3a062e', 1, '13F', '$argon2id$v=19$m=19456,t=2,p=1$V7tPe9ajTlpKRXyfvYmaXQ$iSokSGPi9cMWlhnxeqeZ+GlT8PKsYz1zalywoA/a8R8', '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.420443+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('304e2cbddef7db0a1fde4ef3094aaaa2', '208185803628293509f78bd5bd3a062e', 1, '1D4', '$argon2id$v=19$m=19456,t=2,p=1$7gWoxrtnUNLQI5PkqILCMA$qAyMKH9+gqnjq9m5vK/lRArIfPrbY2SH+VTju008HWI', '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.420443+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('23782ad00a0a0fe3e6a52f3622714faf', '208185803628293509f78bd5bd3a062e', 1, '65Y', '$argon2id$v=19$m=19456,t=2,p=1$2rZXPM5Hx/dxvOLUJH1Ang$FP21YB4ZEJkh4d+uwLlOsZnSMY5waUmc6IhXkBEBva8', '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.420443+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('8ab734fe2f0d2bd4ae4ca83df3fcaf49', '208185803628293509f78bd5bd3a062e', 1, '6Z1', '$argon2id$v=19$m=19456,t=2,p=1$4CaPJM0Xsb1HfODgOJJyfg$X5ouL5fpHXpX3Af3TOhAm+1u5zffppRsCZyQv6GJN90', '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.420443+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('e8c8d170448feba1bfb82023cd53264c', '208185803628293509f78bd5bd3a062e', 1, '86R', '$argon2id$v=19$m=19456,t=2,p=1$9r3w0/aSh2UvbTPCD5O05w$N2EpaJUkLZau5ORMalW2HL21H1h4aEVIvQLLA3gF6mE', '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.420443+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('45a16264af3c2ed20de37ec6b728fcc3', '208185803628293509f78bd5bd3a062e', 1, '9KA', '$argon2id$v=19$m=19456,t=2,p=1$47dclzkhObOlynsA1+nqSw$/1HbpvUAAhvRZNdH8NCDa2Cl+7UNTGl+JPczjxNeuy8', '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.420443+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('e8786afce202bac72469251e84cd6820', '208185803628293509f78bd5bd3a062e', 1, 'BAP', '$argon2id$v=19$m=19456,t=2,p=1$xQg7x846o2espVNKhen7Tg$XvD/x3OLJzle+D9Eq5PJ65kfXOOopFqzbTYrmOb8R20', '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.420443+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('f37cab47e9b0218709c61d486e99abb1', 'cfc9643bf42269ba5e76bb45ed73db82', 1, '9RM', '$argon2id$v=19$m=19456,t=2,p=1$Cur6WbIjx6SL/GNXAYeitw$kQVc9QpOPfxkn79Kia0dxtbbLgJg1be2h6x1DDkqqqA', '2026-11-25 12:07:06.85162+00', '2026-11-25 12:07:06.919163+00', '2026-11-25 12:07:07.572078+00');
INSERT INTO public.vestibule_backup_code VALUES ('bb2b610eb3101e7a483a76995686b43b', '208185803628293509f78bd5bd3a062e', 1, 'BBE', '$argon2id$v=19$m=19456,t=2,p=1$HpTmOAwVEu5t86wwnFEqjA$X+dnCeyhNK8Y6H8W2ZsG4XGBcc280BLeh5RT6VGH7/A', '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.420443+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('9b6f574b8e549de17742f569124a0600', '208185803628293509f78bd5bd3a062e', 1, 'BP5', '$argon2id$v=19$m=19456,t=2,p=1$a3+DClGClasrrl7n70iQoA$KWzcEL8lXkI0+hg3IUYj/cyZbdOCiTFoTdePN3D9xzY', '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.420443+00', NULL);
INSERT INTO public.vestibule_backup_code VALUES ('d14abd8542ace100593e1314d60f14c3', '208185803628293509f78bd5bd3a062e', 1, 'X5T', '$argon2id$v=19$m=19456,t=2,p=1$HNush4EbGeb2CqcBdSuCIA$ywJyjRhik71ASHmI3JZ5bUnVrJ1t+o5QTGjAvN/AaIA', '2026-11-25 12:07:07.404392+00', '2026-11-25 12:07:07.420443+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('site.mail_to_one', 'e8b7dfb330a95708d2611e5af09ba78b601a2f375ddcea1a173bb3c3a601d0d1', 1, '2026-11-26 12:07:06.471866+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('enrolment.confirm', 'cfc9643bf42269ba5e76bb45ed73db82', 1, '2026-11-25 12:22:06.541501+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('site.mail_to_one', 'fb3c494df02ef8f711911a2441a7cd0a2a2e7049c10e2f5e1b1a0b973efad23b', 1, '2026-11-26 12:07:06.953012+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('enrolment.confirm', '208185803628293509f78bd5bd3a062e', 1, '2026-11-25 12:22:06.994237+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('backup_code.own', 'f37cab47e9b0218709c61d486e99abb1', 1, '2026-11-25 13:07:07.546319+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('backup_code.pending', '055816321cb53d9c7b7de200ef07ce49d26647a773a57010b062b5be8c80d39a', 1, '2026-11-25 13:07:07.546319+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('backup_code.account', 'cfc9643bf42269ba5e76bb45ed73db82', 0, '2026-11-26 12:07:07.546319+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('password.address', '192.0.2.1', 1, '2026-11-25 12:17:07.441896+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('site.name_asked', '192.0.2.1', 3, '2026-11-25 13:07:06.416514+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('site.registration', '192.0.2.1', 3, '2026-11-25 13:07:06.44252+00', NULL);
INSERT INTO public.vestibule_budget VALUES ('site.mail_to_one', 'ba886b509bf2db7701a4cc3b178535ab96009391655bc0a4e5451e9f36e646ae', 1, '2026-11-26 12:07:07.712375+00', NULL);
INSERT INTO public.vestibule_enrolment VALUES ('2ea8a21cd2dcc7296785613bc3e5e5bf4f3ea4354af3f754b782b926b35208b4', 'f16bbcdf61587632f8fe3fb9d763a339', '25120154', '\x89717e823a526f34d142ab9f837d0a8a08acec14f78992e7f8b81ff2824065986c850081226401dfe7db6041e24b9e132da8f9f756a575fc8aaf6ddf', '2026-11-25 12:22:07.723952+00');
INSERT INTO public.vestibule_event VALUES ('a0be96e1971f82dcdc76c3b9fab1ae8f', '2026-11-25 12:07:06.477972+00', 'account.created', 'ok', NULL, 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '4f9752c5072139cc579d39767cc32dfe', '{}');
INSERT INTO public.vestibule_event VALUES ('3c90c8c00575bdef583cf3afea1cb332', '2026-11-25 12:07:06.49109+00', 'signin.started', 'ok', 'password', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '4f9752c5072139cc579d39767cc32dfe', '{"stage": "enrolment"}');
INSERT INTO public.vestibule_event VALUES ('893151c1edd09eece031949c4435a3d3', '2026-11-25 12:07:06.502155+00', 'authenticator.offered', 'ok', 'totp', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '3e8bf787a50a2bb7baa049bdef310f31', '{}');
INSERT INTO public.vestibule_event VALUES ('321eb0687ec42105b13612aaacc56a6d', '2026-11-25 12:07:06.541501+00', 'try.taken', 'ok', 'totp', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '175645b65ce94d825df8fa5342085eb9', '{}');
INSERT INTO public.vestibule_event VALUES ('e089037c46320c9f5d817ca0280247d7', '2026-11-25 12:07:06.85162+00', 'authenticator.added', 'ok', 'totp', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '175645b65ce94d825df8fa5342085eb9', '{"authenticator": "414585aee2eee2f2e34d6cd20fe6bec5"}');
INSERT INTO public.vestibule_event VALUES ('a133068929bbe01e856c7478efa30b58', '2026-11-25 12:07:06.85162+00', 'backup_codes.made', 'ok', 'backup_code', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '175645b65ce94d825df8fa5342085eb9', '{"set_number": 1, "count": 10}');
INSERT INTO public.vestibule_event VALUES ('3ba4a90d97b02669b65f4e820f3dcf3f', '2026-11-25 12:07:06.85162+00', 'session.opened', 'ok', 'totp', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '175645b65ce94d825df8fa5342085eb9', '{"level": "aal2", "session": "bc433cb8b1e52015c6b4476668a2464f93aa5341ca6e59c0e88a2e709d03936a"}');
INSERT INTO public.vestibule_event VALUES ('dcb94424ef75b4c6026c350b6db212f4', '2026-11-25 12:07:06.90469+00', 'backup_codes.shown', 'ok', NULL, 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '587f2d4aef4252dbe58ba51889505eac', '{}');
INSERT INTO public.vestibule_event VALUES ('43a9d06b33f5a6771e8234b71d291082', '2026-11-25 12:07:06.919163+00', 'backup_codes.saved', 'ok', NULL, 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '30aeb9a17cba214a0d889f1fca2e772c', '{}');
INSERT INTO public.vestibule_event VALUES ('dee4efc95ed6d60319c3da3306e940ef', '2026-11-25 12:07:06.957776+00', 'account.created', 'ok', NULL, '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', '2bda3d25e4408ec772c8d5cd6046f851', '{}');
INSERT INTO public.vestibule_event VALUES ('4bf583743198ef3ec6c1ec0c7a6a0f3f', '2026-11-25 12:07:06.962725+00', 'signin.started', 'ok', 'password', '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', '2bda3d25e4408ec772c8d5cd6046f851', '{"stage": "enrolment"}');
INSERT INTO public.vestibule_event VALUES ('56d768410acfefba5666ecf39d3bdab1', '2026-11-25 12:07:06.970076+00', 'authenticator.offered', 'ok', 'totp', '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', '4d8a1f18c867c2fa40d91bcc110d2fd0', '{}');
INSERT INTO public.vestibule_event VALUES ('f606d1db345a819caa072a3060c2f7db', '2026-11-25 12:07:06.994237+00', 'try.taken', 'ok', 'totp', '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', '250a7a8f2043397e5c7887ef1f21e841', '{}');
INSERT INTO public.vestibule_event VALUES ('886eb369857e635fbcbde8488007d5d6', '2026-11-25 12:07:07.404392+00', 'authenticator.added', 'ok', 'totp', '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', '250a7a8f2043397e5c7887ef1f21e841', '{"authenticator": "70fa33e0777f9288cbf7fb7a01fab880"}');
INSERT INTO public.vestibule_event VALUES ('9319822efa5424663d2a132de1adf1b1', '2026-11-25 12:07:07.404392+00', 'backup_codes.made', 'ok', 'backup_code', '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', '250a7a8f2043397e5c7887ef1f21e841', '{"set_number": 1, "count": 10}');
INSERT INTO public.vestibule_event VALUES ('b76e4537b915ec84d21239d319fed55b', '2026-11-25 12:07:07.404392+00', 'session.opened', 'ok', 'totp', '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', '250a7a8f2043397e5c7887ef1f21e841', '{"level": "aal2", "session": "e3a099d8268f5ef41c28ffae4f5a4d22a5a7336c0a847c9b22a6ace85081abcd"}');
INSERT INTO public.vestibule_event VALUES ('1d2d796cc61528b15c8916c6defa6b70', '2026-11-25 12:07:07.415402+00', 'backup_codes.shown', 'ok', NULL, '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', '2194c15df544b1e49fdcdda7d6894cc1', '{}');
INSERT INTO public.vestibule_event VALUES ('ffe0bb39d6c54a0ce46716719e96e326', '2026-11-25 12:07:07.420443+00', 'backup_codes.saved', 'ok', NULL, '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', 'f02a852519eba072e81416e1efb8d4d5', '{}');
INSERT INTO public.vestibule_event VALUES ('4ca90122feff711901d25b4fc9524599', '2026-11-25 12:07:07.431276+00', 'session.ended', 'ok', NULL, 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '7b0e95bdc91cec11a0d487ea260260c6', '{"session": "bc433cb8b1e52015c6b4476668a2464f93aa5341ca6e59c0e88a2e709d03936a"}');
INSERT INTO public.vestibule_event VALUES ('34fb4ecf41a5b70bd6a8193be2c30911', '2026-11-25 12:07:07.441896+00', 'try.taken', 'ok', 'password', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '86940554114ed4b98d15be5748c01329', '{}');
INSERT INTO public.vestibule_event VALUES ('5a10f717a75979649c36c56f0b2b0d4a', '2026-11-25 12:07:07.48945+00', 'password.failed', 'failed', 'password', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '86940554114ed4b98d15be5748c01329', '{}');
INSERT INTO public.vestibule_event VALUES ('8fa8ec824ebdbd69e8d0b1ec954d2925', '2026-11-25 12:07:07.495852+00', 'try.taken', 'ok', 'password', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '26128c44d63ac95e3fff8c0603d61b2d', '{}');
INSERT INTO public.vestibule_event VALUES ('5fcdd50af772c049b06420920b9a936a', '2026-11-25 12:07:07.522615+00', 'signin.started', 'ok', 'password', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '26128c44d63ac95e3fff8c0603d61b2d', '{"stage": "second-step"}');
INSERT INTO public.vestibule_event VALUES ('f2953d4806d376a4564ae44a02287710', '2026-11-25 12:07:07.546319+00', 'try.taken', 'ok', 'backup_code', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '66d532257e0caba9d80c62625217b18d', '{}');
INSERT INTO public.vestibule_event VALUES ('6ebdeb746d2f2985510082df53ff2454', '2026-11-25 12:07:07.572078+00', 'backup_codes.used', 'ok', 'backup_code', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '66d532257e0caba9d80c62625217b18d', '{"code": "f37cab47e9b0218709c61d486e99abb1"}');
INSERT INTO public.vestibule_event VALUES ('31299bfada3e6a81fc5bc2979218e441', '2026-11-25 12:07:07.572078+00', 'session.opened', 'ok', 'backup_code', 'cfc9643bf42269ba5e76bb45ed73db82', 'cfc9643bf42269ba5e76bb45ed73db82', '192.0.2.1', 'python-httpx/0.28.1', '66d532257e0caba9d80c62625217b18d', '{"level": "aal2", "session": "0b01300a7585f9a37338d1e469a51c3d1d8014736d7755e5e0d636a410f0a032"}');
INSERT INTO public.vestibule_event VALUES ('3f771abbfe5efbcbd45bbb6ced4872dd', '2026-11-25 12:07:07.610377+00', 'session.ended', 'ok', NULL, '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', '0710261faeee636ce44797ce3e427282', '{"session": "e3a099d8268f5ef41c28ffae4f5a4d22a5a7336c0a847c9b22a6ace85081abcd"}');
INSERT INTO public.vestibule_event VALUES ('7a6c079ee57a0234c0c39db8c500cd4b', '2026-11-25 12:07:07.620312+00', 'try.taken', 'ok', 'password', '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', 'a198be523249f1e829e512391fe20a0b', '{}');
INSERT INTO public.vestibule_event VALUES ('817f521e83cb8d1b59a3e06c64131239', '2026-11-25 12:07:07.675846+00', 'signin.started', 'ok', 'password', '208185803628293509f78bd5bd3a062e', '208185803628293509f78bd5bd3a062e', '192.0.2.1', 'python-httpx/0.28.1', 'a198be523249f1e829e512391fe20a0b', '{"stage": "second-step"}');
INSERT INTO public.vestibule_event VALUES ('5fa32efa1f381ed69dda222a40e9fa5c', '2026-11-25 12:07:07.717039+00', 'account.created', 'ok', NULL, 'f16bbcdf61587632f8fe3fb9d763a339', 'f16bbcdf61587632f8fe3fb9d763a339', '192.0.2.1', 'python-httpx/0.28.1', '6828280802a8e813d2e3262c35b78ade', '{}');
INSERT INTO public.vestibule_event VALUES ('6d708ad77f3d973e106fd43eb4c6ab78', '2026-11-25 12:07:07.719629+00', 'signin.started', 'ok', 'password', 'f16bbcdf61587632f8fe3fb9d763a339', 'f16bbcdf61587632f8fe3fb9d763a339', '192.0.2.1', 'python-httpx/0.28.1', '6828280802a8e813d2e3262c35b78ade', '{"stage": "enrolment"}');
INSERT INTO public.vestibule_event VALUES ('5134b6218796e92d9cdb61390e4e9abb', '2026-11-25 12:07:07.723952+00', 'authenticator.offered', 'ok', 'totp', 'f16bbcdf61587632f8fe3fb9d763a339', 'f16bbcdf61587632f8fe3fb9d763a339', '192.0.2.1', 'python-httpx/0.28.1', '902a5afef9221e99b439fb4cb850e0c8', '{}');
INSERT INTO public.vestibule_pending_signin VALUES ('313ad47a6dee031327255e598c13fe6f9b6437dd75ecd2d9eab2617930e5ce9f', '208185803628293509f78bd5bd3a062e', 2, 'd889888b85e85c6ba3c4017f81b96306', 'person-5235a4c7a5', 'second-step', '/dashboard', NULL, '2026-11-25 12:07:07.675846+00', '2026-11-25 12:17:07.675846+00');
INSERT INTO public.vestibule_pending_signin VALUES ('2ea8a21cd2dcc7296785613bc3e5e5bf4f3ea4354af3f754b782b926b35208b4', 'f16bbcdf61587632f8fe3fb9d763a339', 1, 'c5930f0a84c5e4b4460e0df6956c5e39', 'person-097031f29a', 'enrolment', '/dashboard', NULL, '2026-11-25 12:07:07.719629+00', '2026-11-25 12:22:07.719629+00');
INSERT INTO public.vestibule_session VALUES ('0b01300a7585f9a37338d1e469a51c3d1d8014736d7755e5e0d636a410f0a032', 'cfc9643bf42269ba5e76bb45ed73db82', 2, 'ff769ed92c43c9bfd13fc32a0f777e34', 'aal2', '2026-11-25 12:07:07.572078+00', '2026-11-26 12:07:07.572078+00', '2026-11-25 12:07:07.572078+00', '2026-11-25 12:07:07.522615+00', '2026-11-25 12:07:07.572078+00', '192.0.2.1', 'python-httpx/0.28.1', NULL);
INSERT INTO public.vestibule_subject VALUES ('cfc9643bf42269ba5e76bb45ed73db82', 'ff769ed92c43c9bfd13fc32a0f777e34', '', 2, '2026-11-25 12:07:06.477972+00');
INSERT INTO public.vestibule_subject VALUES ('208185803628293509f78bd5bd3a062e', 'd889888b85e85c6ba3c4017f81b96306', '', 2, '2026-11-25 12:07:06.957776+00');
INSERT INTO public.vestibule_subject VALUES ('f16bbcdf61587632f8fe3fb9d763a339', 'c5930f0a84c5e4b4460e0df6956c5e39', '', 1, '2026-11-25 12:07:07.717039+00');
INSERT INTO public.vestibule_version VALUES ('0001');
ALTER TABLE ONLY public.account
    ADD CONSTRAINT pk_account PRIMARY KEY (id);
ALTER TABLE ONLY public.vestibule_authenticator
    ADD CONSTRAINT pk_vestibule_authenticator PRIMARY KEY (id);
ALTER TABLE ONLY public.vestibule_backup_code
    ADD CONSTRAINT pk_vestibule_backup_code PRIMARY KEY (id);
ALTER TABLE ONLY public.vestibule_budget
    ADD CONSTRAINT pk_vestibule_budget PRIMARY KEY (kind, subject);
ALTER TABLE ONLY public.vestibule_enrolment
    ADD CONSTRAINT pk_vestibule_enrolment PRIMARY KEY (owner);
ALTER TABLE ONLY public.vestibule_event
    ADD CONSTRAINT pk_vestibule_event PRIMARY KEY (id);
ALTER TABLE ONLY public.vestibule_pending_signin
    ADD CONSTRAINT pk_vestibule_pending_signin PRIMARY KEY (id);
ALTER TABLE ONLY public.vestibule_session
    ADD CONSTRAINT pk_vestibule_session PRIMARY KEY (id);
ALTER TABLE ONLY public.vestibule_subject
    ADD CONSTRAINT pk_vestibule_subject PRIMARY KEY (id);
ALTER TABLE ONLY public.ready_site_version
    ADD CONSTRAINT ready_site_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.vestibule_authenticator
    ADD CONSTRAINT uq_vestibule_authenticator_subject_id_fingerprint UNIQUE (subject_id, fingerprint);
ALTER TABLE ONLY public.vestibule_backup_code
    ADD CONSTRAINT uq_vestibule_backup_code_subject_id_selector UNIQUE (subject_id, selector);
ALTER TABLE ONLY public.vestibule_version
    ADD CONSTRAINT vestibule_version_pkc PRIMARY KEY (version_num);
CREATE INDEX ix_account_email_key ON public.account USING btree (email_key);
CREATE INDEX ix_vestibule_authenticator_key_id ON public.vestibule_authenticator USING btree (key_id);
CREATE INDEX ix_vestibule_authenticator_subject_id ON public.vestibule_authenticator USING btree (subject_id);
CREATE INDEX ix_vestibule_enrolment_ends_at ON public.vestibule_enrolment USING btree (ends_at);
CREATE INDEX ix_vestibule_enrolment_key_id ON public.vestibule_enrolment USING btree (key_id);
CREATE INDEX ix_vestibule_enrolment_subject_id ON public.vestibule_enrolment USING btree (subject_id);
CREATE INDEX ix_vestibule_event_subject_at ON public.vestibule_event USING btree (subject_id, at);
CREATE INDEX ix_vestibule_pending_signin_ends_at ON public.vestibule_pending_signin USING btree (ends_at);
CREATE INDEX ix_vestibule_pending_signin_subject_id ON public.vestibule_pending_signin USING btree (subject_id);
CREATE INDEX ix_vestibule_session_ends_at ON public.vestibule_session USING btree (ends_at);
CREATE INDEX ix_vestibule_session_subject_id ON public.vestibule_session USING btree (subject_id);
CREATE UNIQUE INDEX uq_account_username_key ON public.account USING btree (username_key);
CREATE UNIQUE INDEX uq_vestibule_subject_open ON public.vestibule_subject USING btree (user_id, closed);
ALTER TABLE ONLY public.vestibule_authenticator
    ADD CONSTRAINT fk_vestibule_authenticator_subject_id_vestibule_subject FOREIGN KEY (subject_id) REFERENCES public.vestibule_subject(id);
ALTER TABLE ONLY public.vestibule_backup_code
    ADD CONSTRAINT fk_vestibule_backup_code_subject_id_vestibule_subject FOREIGN KEY (subject_id) REFERENCES public.vestibule_subject(id);
ALTER TABLE ONLY public.vestibule_enrolment
    ADD CONSTRAINT fk_vestibule_enrolment_subject_id_vestibule_subject FOREIGN KEY (subject_id) REFERENCES public.vestibule_subject(id);
ALTER TABLE ONLY public.vestibule_event
    ADD CONSTRAINT fk_vestibule_event_subject_id_vestibule_subject FOREIGN KEY (subject_id) REFERENCES public.vestibule_subject(id) ON DELETE RESTRICT;
ALTER TABLE ONLY public.vestibule_pending_signin
    ADD CONSTRAINT fk_vestibule_pending_signin_subject_id_vestibule_subject FOREIGN KEY (subject_id) REFERENCES public.vestibule_subject(id);
ALTER TABLE ONLY public.vestibule_session
    ADD CONSTRAINT fk_vestibule_session_subject_id_vestibule_subject FOREIGN KEY (subject_id) REFERENCES public.vestibule_subject(id);
