BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0009');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor VARCHAR(255) NOT NULL, 
	action VARCHAR(255) NOT NULL, 
	subject VARCHAR(255) NOT NULL, 
	detail TEXT, 
	digest VARCHAR(255), 
	outcome VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,'2026-11-01 09:00:00.000000','palabre apply (awa)','apply','villes',NULL,NULL,'done');
CREATE TABLE counts (
	day DATE NOT NULL, 
	topic VARCHAR(160) NOT NULL, 
	answered BOOLEAN NOT NULL, 
	number INTEGER NOT NULL, 
	CONSTRAINT pk_counts PRIMARY KEY (day, topic, answered)
);
CREATE TABLE direct_rooms (
	user_id VARCHAR(255) NOT NULL, 
	begun_at DATETIME NOT NULL, 
	unreached_since DATETIME, 
	CONSTRAINT pk_direct_rooms PRIMARY KEY (user_id)
);
CREATE TABLE drafts (
	room_id VARCHAR(255) NOT NULL, 
	conversation VARCHAR(255) NOT NULL, 
	user_id VARCHAR(255) NOT NULL, 
	event_id VARCHAR(255), 
	content TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_drafts PRIMARY KEY (room_id, conversation, user_id)
);
CREATE TABLE entries (
	kind VARCHAR(16) NOT NULL, 
	"key" VARCHAR(160) NOT NULL, 
	position INTEGER NOT NULL, 
	content TEXT NOT NULL, 
	CONSTRAINT pk_entries PRIMARY KEY (kind, "key")
);
INSERT INTO "entries" VALUES('contact','kigali-waste',0,'{"key":"kigali-waste","name":{"und":"Claudine Uwase"},"function":{"fr":"Responsable des déchets","en":"Head of waste"},"cities":["kigali"],"themes":["waste"],"languages":["en","fr"],"member":"claudine.uwase","email":"claudine.uwase@kigali.example.org","deputy":"waste-desk","confirmed":"2026-09-02"}');
INSERT INTO "entries" VALUES('contact','waste-desk',1,'{"key":"waste-desk","kind":"desk","name":{"fr":"Guichet des déchets","en":"Waste desk"},"function":{"fr":"Accueil","en":"Front desk"},"themes":["waste"],"confirmed":"2026-08-01"}');
INSERT INTO "entries" VALUES('resource','sorting-guide',0,'{"key":"sorting-guide","kind":"guide","title":{"fr":"Guide du tri","en":"Sorting guide"},"summary":{"fr":"Trier à la source.","en":"Sorting at the source."},"link":"https://example.org/sorting","themes":["waste"],"languages":["fr"],"date":"2026-03-01"}');
INSERT INTO "entries" VALUES('project','compost',0,'{"key":"compost","name":{"fr":"Compost de quartier","en":"Neighbourhood compost"},"summary":{"fr":"Douze sites.","en":"Twelve sites."},"cities":["kigali"],"themes":["waste"],"stage":"pilot","lead":"kigali-waste","updated":"2026-10-12"}');
INSERT INTO "entries" VALUES('deadline','report',0,'{"key":"report","title":{"fr":"Rapport annuel","en":"Yearly report"},"due":"2026-12-15T23:59:00","rooms":["exchange.waste"],"remind":["2w","3d","0w"]}');
INSERT INTO "entries" VALUES('event','leads',0,'{"key":"leads","title":{"fr":"Réunion des référents","en":"City leads'' meeting"},"start":"2026-12-03T10:00:00","lasts":"90min","repeat":"FREQ=MONTHLY;BYDAY=1TH","rooms":["lobby"],"remind":["1d","1h"]}');
CREATE TABLE former (
	user_id VARCHAR(255) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_former PRIMARY KEY (user_id)
);
CREATE TABLE gate_members (
	room_key VARCHAR(160) NOT NULL, 
	user_id VARCHAR(255) NOT NULL, 
	standing VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_gate_members PRIMARY KEY (room_key, user_id)
);
CREATE TABLE history (
	id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor VARCHAR(255) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	"key" VARCHAR(160) NOT NULL, 
	"before" TEXT, 
	"after" TEXT, 
	undoes INTEGER, 
	CONSTRAINT pk_history PRIMARY KEY (id)
);
INSERT INTO "history" VALUES(1,1,'2026-11-01 09:00:00.000000','file','contact','kigali-waste',NULL,'{"key":"kigali-waste","name":{"und":"Claudine Uwase"},"function":{"fr":"Responsable des déchets","en":"Head of waste"},"cities":["kigali"],"themes":["waste"],"languages":["en","fr"],"member":"claudine.uwase","email":"claudine.uwase@kigali.example.org","deputy":"waste-desk","confirmed":"2026-09-02"}',NULL);
INSERT INTO "history" VALUES(2,1,'2026-11-01 09:00:00.000000','file','contact','waste-desk',NULL,'{"key":"waste-desk","kind":"desk","name":{"fr":"Guichet des déchets","en":"Waste desk"},"function":{"fr":"Accueil","en":"Front desk"},"themes":["waste"],"confirmed":"2026-08-01"}',NULL);
INSERT INTO "history" VALUES(3,1,'2026-11-01 09:00:00.000000','file','resource','sorting-guide',NULL,'{"key":"sorting-guide","kind":"guide","title":{"fr":"Guide du tri","en":"Sorting guide"},"summary":{"fr":"Trier à la source.","en":"Sorting at the source."},"link":"https://example.org/sorting","themes":["waste"],"languages":["fr"],"date":"2026-03-01"}',NULL);
INSERT INTO "history" VALUES(4,1,'2026-11-01 09:00:00.000000','file','project','compost',NULL,'{"key":"compost","name":{"fr":"Compost de quartier","en":"Neighbourhood compost"},"summary":{"fr":"Douze sites.","en":"Twelve sites."},"cities":["kigali"],"themes":["waste"],"stage":"pilot","lead":"kigali-waste","updated":"2026-10-12"}',NULL);
CREATE TABLE identities (
	user_id VARCHAR(255) NOT NULL, 
	master_key VARCHAR(64) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	changed_to VARCHAR(64), 
	changed_at DATETIME, 
	accepted_by VARCHAR(255), 
	accepted_at DATETIME, 
	CONSTRAINT pk_identities PRIMARY KEY (user_id)
);
CREATE TABLE jobs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	idempotency_key VARCHAR(512) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	payload JSON NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	run_after DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	leased_by VARCHAR(255), 
	leased_until DATETIME, 
	reason TEXT, 
	filed_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT uq_jobs_idempotency_key UNIQUE (idempotency_key)
);
CREATE TABLE marks (
	name VARCHAR(64) NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_marks PRIMARY KEY (name)
);
CREATE TABLE outbox (
	occurrence_key VARCHAR(255) NOT NULL, 
	room_key VARCHAR(160) NOT NULL, 
	room_id VARCHAR(255) NOT NULL, 
	transaction_id VARCHAR(64) NOT NULL, 
	device_id VARCHAR(255) NOT NULL, 
	due_at DATETIME NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	event_id VARCHAR(255), 
	begun_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT pk_outbox PRIMARY KEY (occurrence_key, room_key), 
	CONSTRAINT uq_outbox_transaction_id UNIQUE (transaction_id)
);
CREATE TABLE people (
	user_id VARCHAR(255) NOT NULL, 
	username VARCHAR(64) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	role VARCHAR(48) NOT NULL, 
	city VARCHAR(48), 
	themes JSON NOT NULL, 
	languages JSON NOT NULL, 
	CONSTRAINT pk_people PRIMARY KEY (user_id), 
	CONSTRAINT uq_people_username UNIQUE (username)
);
CREATE TABLE revisions (
	subject VARCHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	CONSTRAINT pk_revisions PRIMARY KEY (subject)
);
INSERT INTO "revisions" VALUES('entries',1);
CREATE TABLE seeded (
	kind VARCHAR(16) NOT NULL, 
	"key" VARCHAR(160) NOT NULL, 
	file VARCHAR(64), 
	stored VARCHAR(64), 
	noted VARCHAR(64), 
	CONSTRAINT pk_seeded PRIMARY KEY (kind, "key")
);
INSERT INTO "seeded" VALUES('contact','kigali-waste','466b3bcb26c47e2e043b9b251cd53aa20aa283fa700273e3ee504b9af7eebcea','466b3bcb26c47e2e043b9b251cd53aa20aa283fa700273e3ee504b9af7eebcea',NULL);
INSERT INTO "seeded" VALUES('contact','waste-desk','c70ad36d1c8056fa075dd0b268d63aa98cc406a521b4027bd699d3bb3ee6c311','c70ad36d1c8056fa075dd0b268d63aa98cc406a521b4027bd699d3bb3ee6c311',NULL);
INSERT INTO "seeded" VALUES('project','compost','6d6859ff6082aa0966c1e2b93dba80f25b87ed88720c1d541eada6de8783bb24','6d6859ff6082aa0966c1e2b93dba80f25b87ed88720c1d541eada6de8783bb24',NULL);
INSERT INTO "seeded" VALUES('resource','sorting-guide','6df693aeee649002761e58c763217c69f5d0fe3b7f6adf6325a46837df85019e','6df693aeee649002761e58c763217c69f5d0fe3b7f6adf6325a46837df85019e',NULL);
CREATE TABLE standing_faults (
	name VARCHAR(640) NOT NULL, 
	since DATETIME NOT NULL, 
	CONSTRAINT pk_standing_faults PRIMARY KEY (name)
);
CREATE INDEX ix_outbox_state ON outbox (state);
CREATE INDEX ix_audit_at ON audit (at, id);
CREATE INDEX ix_audit_subject ON audit (subject, at, id);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit can only be added to'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit can only be added to'); END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the audit can only be added to'); END;
CREATE INDEX ix_history_revision ON history (revision);
CREATE INDEX ix_history_actor ON history (actor);
CREATE INDEX ix_history_kind ON history (kind, "key", id);
CREATE INDEX ix_drafts_room_id ON drafts (room_id, event_id);
CREATE INDEX ix_jobs_kind ON jobs (kind, state, id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',0);
COMMIT;
PRAGMA user_version = 1;
