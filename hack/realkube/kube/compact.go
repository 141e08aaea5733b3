package main

import (
	"context"
	"fmt"
	"os"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// compact drops every revision of etcd but the newest, and prints that: etcd-compact ENDPOINT. A watch or a paged list that is older is then "expired".
func compact() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: etcd-compact ENDPOINT")
		os.Exit(2)
	}
	revision, err := compactNow(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "etcd-compact:", err)
		os.Exit(1)
	}
	fmt.Println(revision)
}

func compactNow(endpoint string) (int64, error) {
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoint}, DialTimeout: 10 * time.Second})
	if err != nil {
		return 0, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	now, err := client.Get(ctx, "any key: its answer tells the revision", clientv3.WithCountOnly())
	if err != nil {
		return 0, err
	}
	if _, err := client.Compact(ctx, now.Header.Revision, clientv3.WithCompactPhysical()); err != nil {
		return 0, err
	}
	return now.Header.Revision, nil
}
