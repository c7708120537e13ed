# Passes ports of this machine's localhost on to the same ports of localhost in another process's network:
#
#     perl scripts/forward-ports.pl PID-FILE PROCESS PORT…
#
# A port is listened on while something listens on it in that network, so that it looks as taken or as free as it is
# there. This writes its process number into PID-FILE when it is ready, and ends with that process.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Socket qw(SHUT_WR);

my $PAUSE = 0.05;    # seconds between two looks

# pass_on FROM TO: what there is to read; false at the end of it.
sub pass_on {
    my ($from, $to) = @_;
    my $length = sysread $from, my $piece, 65536 or return 0;
    my $at = 0;
    while ($at < $length) {
        my $written = syswrite $to, $piece, $length - $at, $at or exit;
        $at += $written;
    }
    return 1;
}

# serve CLIENT PORT: a connection to its end, by a program that was begun in the other network.
sub serve {
    my ($client, $port) = @_;
    my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or exit;
    my %other = ($client => $server, $server => $client);
    my $select = IO::Select->new($client, $server);
    while ($select->count) {
        for my $ready ($select->can_read) {
            next if pass_on($ready, $other{$ready});
            $select->remove($ready);
            $other{$ready}->shutdown(SHUT_WR);
        }
    }
    exit;
}

# serve_there CLIENT PORT PROCESS: a socket stays in the network that it was made in, whoever uses it.
sub serve_there {
    my ($client, $port, $process) = @_;
    $^F = 1000;    # what is opened from here on stays open in the program that follows
    my $there = IO::Socket::INET->new_from_fd($client->fileno, '+<') or die "a connection is lost: $!\n";
    exec 'nsenter', "--net=/proc/$process/ns/net", '--', $^X, $0, '--serve', $there->fileno, $port
        or die "nsenter: $!\n";
}

# listened_on PROCESS: the ports that are listened on in its network.
sub listened_on {
    my ($process) = @_;
    my %ports;
    for my $table ('tcp', 'tcp6') {
        open my $lines, '<', "/proc/$process/net/$table" or next;
        while (<$lines>) {
            $ports{hex $1} = 1 if /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 0A /;
        }
    }
    return \%ports;
}

sub listen_on {
    my ($port) = @_;
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1);
}

if ($ARGV[0] eq '--serve') {
    my (undef, $place, $port) = @ARGV;
    serve(IO::Socket::INET->new_from_fd($place, '+<'), $port);
}
my ($pid_file, $process, @ports) = @ARGV;
listen_on($_) or die "port $_ of this machine: $!\n" for @ports;
open my $file, '>', $pid_file or die "$pid_file: $!\n";
print $file "$$\n";
close $file;
$SIG{CHLD} = 'IGNORE';
my %listeners;
while (kill 0, $process) {
    my $wanted = listened_on($process);
    for my $port (@ports) {
        if (!$wanted->{$port}) { delete $listeners{$port} }
        elsif (!$listeners{$port}) { my $listener = listen_on($port); $listeners{$port} = $listener if $listener }
    }
    my $select = IO::Select->new(values %listeners);
    if (!%listeners) { select undef, undef, undef, $PAUSE; next }
    for my $listener ($select->can_read($PAUSE)) {
        my $client = $listener->accept or next;
        serve_there($client, $listener->sockport, $process) unless fork // die "fork: $!\n";
    }
}
