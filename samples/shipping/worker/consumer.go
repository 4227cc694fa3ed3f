package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	stream   = "bookings"
	rejected = "bookings:rejected"
	group    = "analytics"
	forgotIn = 15 * time.Second // a message that a worker has held for longer is taken over
)

// consumer reads the stream as one member of a group: a message is done when it is acknowledged,
// and one whose worker died is taken over by another.
type consumer struct {
	address, passwordFile, name string
	analytics                   *analytics
	metrics                     *metrics
}

// consume works until ctx ends or the queue or the database fails.
func (c *consumer) consume(ctx context.Context) error {
	conn, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Do("XGROUP", "CREATE", stream, group, "0", "MKSTREAM")
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return err
	}
	log.Printf("reading %s from %s as %s", stream, c.address, c.name)
	var nextLook time.Time
	for ctx.Err() == nil {
		if time.Now().After(nextLook) {
			if err := c.takeOver(ctx, conn); err != nil {
				return err
			}
			nextLook = time.Now().Add(forgotIn / 3)
		}
		if err := c.readNew(ctx, conn); err != nil {
			return err
		}
	}
	return nil
}

func (c *consumer) connect(ctx context.Context) (redis.Conn, error) {
	password, err := readSecret(c.passwordFile)
	if err != nil {
		return nil, err
	}
	return redis.DialContext(ctx, "tcp", c.address, redis.DialPassword(password),
		redis.DialConnectTimeout(2*time.Second), redis.DialReadTimeout(3*time.Second),
		redis.DialWriteTimeout(3*time.Second))
}

func (c *consumer) readNew(ctx context.Context, conn redis.Conn) error {
	reply, err := redis.Values(conn.Do("XREADGROUP", "GROUP", group, c.name,
		"COUNT", 20, "BLOCK", 500, "STREAMS", stream, ">"))
	if errors.Is(err, redis.ErrNil) {
		return nil // nothing came in this half second
	}
	if err != nil {
		return err
	}
	for _, one := range reply { // one stream: its name and its entries
		parts, err := redis.Values(one, nil)
		if err != nil || len(parts) != 2 {
			return fmt.Errorf("unexpected answer of XREADGROUP: %w", err)
		}
		if err := c.process(ctx, conn, parts[1]); err != nil {
			return err
		}
	}
	return nil
}

func (c *consumer) takeOver(ctx context.Context, conn redis.Conn) error {
	reply, err := redis.Values(conn.Do("XAUTOCLAIM", stream, group, c.name, forgotIn.Milliseconds(), "0-0"))
	if err != nil {
		return err
	}
	return c.process(ctx, conn, reply[1])
}

func (c *consumer) process(ctx context.Context, conn redis.Conn, reply interface{}) error {
	entries, err := redis.Values(reply, nil)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry == nil {
			continue // deleted from the stream meanwhile
		}
		parts, err := redis.Values(entry, nil)
		if err != nil || len(parts) != 2 {
			return fmt.Errorf("unexpected entry: %w", err)
		}
		id, err := redis.String(parts[0], nil)
		if err != nil {
			return err
		}
		fields, err := redis.StringMap(parts[1], nil)
		if err != nil {
			return err
		}
		if err := c.count(ctx, conn, id, fields); err != nil {
			return err
		}
	}
	return nil
}

// count adds one message to the numbers. What cannot be read is put aside, so that it does not stop the rest.
func (c *consumer) count(ctx context.Context, conn redis.Conn, id string, fields map[string]string) error {
	started := time.Now()
	b, err := parseBooking(fields)
	if err != nil {
		log.Printf("message %s is put aside in %s: %v", id, rejected, err)
		c.metrics.count("shipping_bookings_rejected_total")
		args := redis.Args{}.Add(rejected, "MAXLEN", "~", 10000, "*", "message", id, "problem", err.Error())
		if _, err := conn.Do("XADD", args.AddFlat(fields)...); err != nil {
			return err
		}
	} else {
		// Not the context that SIGTERM ends: the booking in hand is finished.
		grace, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		isNew, err := c.analytics.add(grace, b)
		if err != nil {
			return err
		}
		if isNew {
			c.metrics.count("shipping_bookings_processed_total")
		} else {
			c.metrics.count("shipping_bookings_duplicate_total")
		}
		c.metrics.processing.observe(time.Since(started))
	}
	_, err = conn.Do("XACK", stream, group, id)
	return err
}
