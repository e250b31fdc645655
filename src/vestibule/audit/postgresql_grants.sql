-- Two roles for PostgreSQL, so that not even the site can change or delete an event.
--
-- Run it as the owner of the tables, after every upgrade too:
--     vestibule audit grants | psql -d DATABASE
-- Then give both roles a password (\password vestibule_site), run the site as vestibule_site, purge as
-- vestibule_purge, and upgrade the tables as their owner.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vestibule_site') THEN
        CREATE ROLE vestibule_site LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vestibule_purge') THEN
        CREATE ROLE vestibule_purge LOGIN;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO vestibule_site, vestibule_purge;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO vestibule_site;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO vestibule_site;

-- The log and its seals: written and read, nothing else.
REVOKE ALL ON vestibule_event, vestibule_event_seal, vestibule_sealed_event
    FROM PUBLIC, vestibule_site, vestibule_purge;
GRANT SELECT, INSERT ON vestibule_event, vestibule_event_seal, vestibule_sealed_event
    TO vestibule_site;

-- Which revision the tables have is read at each start, and written by their owner alone.
REVOKE INSERT, UPDATE, DELETE ON vestibule_version FROM vestibule_site;

-- A purge deletes whole seals, and signs what it did.
GRANT SELECT, DELETE ON vestibule_event, vestibule_event_seal, vestibule_sealed_event
    TO vestibule_purge;
GRANT INSERT ON vestibule_event TO vestibule_purge;
