// Command kfake puts github.com/twmb/franz-go/pkg/kfake, a fake of Apache Kafka in Go, behind the part of the
// command line of `kafkapy serve` that the benchmark uses: --listen, --data-dir, --set and the ready line.
//
// One broker that writes to its data directory and syncs no produce, as Apache Kafka does by default.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
)

type settings map[string]string

func (s settings) String() string { return "" }

func (s settings) Set(word string) error {
	key, value, found := strings.Cut(word, "=")
	if !found {
		return fmt.Errorf("%q is not KEY=VALUE", word)
	}
	s[key] = value
	return nil
}

func run() error {
	set := settings{}
	listen := flag.String("listen", "127.0.0.1:9092", "HOST:PORT; kfake listens on 127.0.0.1 whatever HOST is")
	dataDir := flag.String("data-dir", "kfake-data", "where everything is kept")
	flag.Var(set, "set", "KEY=VALUE, a setting of the broker; kfake passes over what it does not know")
	flag.Parse()
	address, err := net.ResolveTCPAddr("tcp", *listen)
	if err != nil {
		return err
	}
	cluster, err := kfake.NewCluster(
		kfake.Ports(address.Port),
		kfake.DataDir(*dataDir),
		kfake.BrokerConfigs(set),
		kfake.WithLogger(kfake.BasicLogger(os.Stderr, kfake.LogLevelError)),
	)
	if err != nil {
		return err
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	fmt.Println("kafkapy ready bootstrap.servers=" + cluster.ListenAddrs()[0])
	<-asked
	cluster.Close()
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
