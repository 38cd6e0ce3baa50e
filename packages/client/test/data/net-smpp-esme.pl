# An ESME made with Net::SMPP: has one conversation with an SMSC and prints a line for each answer.
# perl net-smpp-esme.pl <host> <port>
use strict;
use warnings;
use Net::SMPP;

$| = 1;
my ($host, $port) = @ARGV;

sub report { print join(" ", @_), "\n" }

sub named {
    my ($pdu) = @_;
    die "the connection ended\n" unless defined $pdu;
    return ($pdu->explain_cmd, sprintf("0x%02x", $pdu->status));
}

my @where = ($host, port => $port, system_id => "esme");
my ($refused, $refusal) = Net::SMPP->new_transceiver(@where, password => "wrong");
report(named($refusal));
$refused->close;

my ($esme, $bound) = Net::SMPP->new_transceiver(@where, password => "secret");
report(named($bound), $bound->{system_id}, unpack("C", $bound->{sc_interface_version}));

# A text from a phone.
my $text = $esme->read_pdu;
report(named($text), $text->{source_addr}, $text->{destination_addr}, $text->{short_message});
$esme->deliver_sm_resp(seq => $text->seq, message_id => "");

my @message = (source_addr => "4711", destination_addr => "27820001001");
my $accepted = $esme->submit_sm(@message, short_message => "hello", registered_delivery => 1);
report(named($accepted), $accepted->message_id);

my $receipt = $esme->read_pdu;
report(named($receipt), $receipt->{esm_class}, $receipt->{short_message});
report("receipted_message_id", unpack("Z*", $receipt->{receipted_message_id}));
$esme->deliver_sm_resp(seq => $receipt->seq, message_id => "");

# A long text, the last part first.
for my $part (2, 1) {
    my $body = pack("C6", 5, 0, 3, 9, 2, $part) . ($part == 1 ? "a" x 150 : "b" x 20);
    report(named($esme->submit_sm(@message, esm_class => 0x40, short_message => $body)));
}

# Five in flight.
my %awaited = map { $esme->submit_sm(@message, short_message => "hi", async => 1) => 1 } 1 .. 5;
my $matched = 0;
while (%awaited) {
    my $response = $esme->read_pdu;
    $matched++ if delete $awaited{ $response->seq };
}
report("in flight", $matched);

# A vendor TLV, by its number.
report(named($esme->submit_sm(@message, short_message => "hi", 0x1501 => 25)));

report(named($esme->submit_sm(@message, destination_addr => "27999911", short_message => "hi")));

my $query = $esme->query_sm(message_id => $accepted->message_id, source_addr => "4711");
report(named($query), $query->{message_id}, $query->{message_state});

# A command that no standard knows.
$esme->syswrite(pack("NNNN", 16, 0x00010200, 0, 4242));
my $nack = $esme->read_pdu;
report(named($nack), $nack->seq);

report(named($esme->enquire_link));
report(named($esme->unbind));
