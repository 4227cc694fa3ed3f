package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
)

// facts says what happened, routes what it comes to; both change in one transaction, so they always agree.
const schema = `
SELECT pg_advisory_xact_lock(721002);
CREATE SCHEMA IF NOT EXISTS shipping;
CREATE TABLE IF NOT EXISTS shipping.facts (
    booking_id   uuid PRIMARY KEY,
    from_port    text NOT NULL,
    to_port      text NOT NULL,
    teu          integer NOT NULL,
    booked_at    timestamptz NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS shipping.routes (
    from_port text,
    to_port   text,
    bookings  bigint NOT NULL,
    teu       bigint NOT NULL,
    PRIMARY KEY (from_port, to_port)
);`

type analytics struct {
	db       *sql.DB
	migrated int32
}

// route is one line of the summary.
type route struct {
	From     string `json:"from_port"`
	To       string `json:"to_port"`
	Bookings int64  `json:"bookings"`
	TEU      int64  `json:"teu"`
}

type summary struct {
	Bookings int64   `json:"bookings"`
	TEU      int64   `json:"teu"`
	Routes   []route `json:"routes"` // the busiest first, five at most
}

// connector reads the password for each new connection, so that a changed one is used without a restart.
type connector struct{ url, passwordFile string }

func (c connector) Driver() driver.Driver { return &pq.Driver{} }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	password, err := readSecret(c.passwordFile)
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(c.url)
	if err != nil {
		return nil, err
	}
	address.User = url.UserPassword(address.User.Username(), password)
	connector, err := pq.NewConnector(address.String())
	if err != nil {
		return nil, fmt.Errorf("ANALYTICS_URL is not valid") // pq's own text would show the password
	}
	return connector.Connect(ctx)
}

func openAnalytics(address, passwordFile string) *analytics {
	db := sql.OpenDB(connector{address, passwordFile})
	db.SetMaxOpenConns(4)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return &analytics{db: db}
}

func (a *analytics) close() { a.db.Close() }

func (a *analytics) ready(ctx context.Context) bool {
	return atomic.LoadInt32(&a.migrated) == 1 && a.db.PingContext(ctx) == nil
}

// migrate brings the schema up to date; it can be done again and by several workers at once.
func (a *analytics) migrate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := a.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	atomic.StoreInt32(&a.migrated, 1)
	return nil
}

// add counts a booking, and says whether it was new: the queue may deliver one twice.
func (a *analytics) add(ctx context.Context, b booking) (bool, error) {
	tx, err := a.db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback() // does nothing after Commit
	result, err := tx.ExecContext(ctx,
		`INSERT INTO shipping.facts (booking_id, from_port, to_port, teu, booked_at)
		 VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		b.id, b.fromPort, b.toPort, b.teu, b.bookedAt)
	if err != nil {
		return false, err
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		return false, err
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO shipping.routes AS r (from_port, to_port, bookings, teu) VALUES ($1, $2, 1, $3)
		 ON CONFLICT (from_port, to_port)
		 DO UPDATE SET bookings = r.bookings + 1, teu = r.teu + EXCLUDED.teu`,
		b.fromPort, b.toPort, b.teu)
	if err != nil {
		return false, err
	}
	return true, tx.Commit()
}

func (a *analytics) summarise(ctx context.Context) (summary, error) {
	s := summary{Routes: []route{}}
	err := a.db.QueryRowContext(ctx,
		`SELECT coalesce(sum(bookings), 0), coalesce(sum(teu), 0) FROM shipping.routes`).Scan(&s.Bookings, &s.TEU)
	if err != nil {
		return s, err
	}
	rows, err := a.db.QueryContext(ctx,
		`SELECT from_port, to_port, bookings, teu FROM shipping.routes
		 ORDER BY teu DESC, bookings DESC, from_port, to_port LIMIT 5`)
	if err != nil {
		return s, err
	}
	defer rows.Close()
	for rows.Next() {
		var r route
		if err := rows.Scan(&r.From, &r.To, &r.Bookings, &r.TEU); err != nil {
			return s, err
		}
		s.Routes = append(s.Routes, r)
	}
	return s, rows.Err()
}
