using System.Net;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;

namespace NetSuperd.Server.Tally;

/// <summary>
/// Every event of the engine; <see cref="EndLine"/> makes those of the end of a connection. Ids are a contract with log filters: blocks by
/// stage, never reused. 1000 the server as a whole, 2000 Listen, 3000 Permit, 4000 Serve, 5000 Spawn, 6000 Tally.
/// Highest in use: 1010, 2028, 3005, 4017, 5015, 6014.
/// </summary>
internal static partial class ServerLog
{
    [LoggerMessage(1002, LogLevel.Information, "Paused {Service}: its clients wait", EventName = "Paused")]
    public static partial void Paused(this ILogger logger, string service);

    [LoggerMessage(1003, LogLevel.Information, "Resumed {Service}", EventName = "Resumed")]
    public static partial void Resumed(this ILogger logger, string service);

    [LoggerMessage(1004, LogLevel.Warning,
        "Connection {ConnectionId} of {Service} is aborted for the operator", EventName = "AbortedByOperator")]
    public static partial void AbortedByOperator(this ILogger logger, long connectionId, string service);

    [LoggerMessage(1006, LogLevel.Error, "Cannot check connection timeouts; retrying", EventName = "LookFailed")]
    public static partial void LookFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1007, LogLevel.Error, "Cannot handle an event; the event loop continues", EventName = "LoopFailed")]
    public static partial void LoopFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1008, LogLevel.Information, "Stopped {Service}: its clients wait, and its children end", EventName = "ServiceStopped")]
    public static partial void ServiceStopped(this ILogger logger, string service);

    [LoggerMessage(1009, LogLevel.Information, "Started {Service} again", EventName = "ServiceStarted")]
    public static partial void ServiceStarted(this ILogger logger, string service);

    [LoggerMessage(1010, LogLevel.Information, "Sent {Signal} to the processes of {Service}: {Count}", EventName = "ServiceSignalled")]
    public static partial void ServiceSignalled(this ILogger logger, string signal, int count, string service);

    [LoggerMessage(2001, LogLevel.Information, "Listening on {Local} for {Service}", EventName = "Listening")]
    public static partial void Listening(this ILogger logger, string local, string service);

    [LoggerMessage(2002, LogLevel.Warning,
        "The kernel has no IPv6: ports without an address are served on IPv4 only", EventName = "NoIPv6")]
    public static partial void NoIPv6(this ILogger logger);

    [LoggerMessage(2003, LogLevel.Error,
        "Cannot accept on {Local} for {Service}: {Reason}; clients wait, retrying", EventName = "AcceptExhausted")]
    public static partial void AcceptExhausted(this ILogger logger, string local, string service, string reason);

    [LoggerMessage(2004, LogLevel.Information, "Accepting again on {Local} for {Service}", EventName = "AcceptRecovered")]
    public static partial void AcceptRecovered(this ILogger logger, string local, string service);

    [LoggerMessage(2005, LogLevel.Debug, "A client of {Local} left before it was accepted: {Reason}", EventName = "AcceptAborted")]
    public static partial void AcceptAborted(this ILogger logger, string local, string reason);

    [LoggerMessage(2006, LogLevel.Error, "The listener {Local} of {Service} has failed: {Reason}; retrying", EventName = "ListenerFailed")]
    public static partial void ListenerFailed(this ILogger logger, string local, string service, string reason);

    [LoggerMessage(2007, LogLevel.Warning, "Cannot remove {Local}: {Reason}; ignoring", EventName = "UnlinkFailed")]
    public static partial void UnlinkFailed(this ILogger logger, string local, string reason);

    [LoggerMessage(2008, LogLevel.Warning,
        "The child of {Service} ended without serving the client that waits on {Local}; starting it again in {Pause:0.0} s",
        EventName = "WaitBackoff")]
    public static partial void WaitBackoff(this ILogger logger, string service, string local, double pause);

    [LoggerMessage(2009, LogLevel.Warning,
        "Dropped a datagram of {Length} bytes from {Peer} on {Local}, which the child of {Service} did not read; {Dropped} so far",
        EventName = "DatagramDropped")]
    public static partial void DatagramDropped(
        this ILogger logger, string service, string local, object peer, long length, long dropped);

    [LoggerMessage(2010, LogLevel.Warning, "A child of {Service} has changed {Local} irreversibly ({Changes}): "
        + "a new socket takes its place, and the clients that waited are lost; {Replaced} so far", EventName = "SocketReplaced")]
    public static partial void SocketReplaced(this ILogger logger, string service, string local, string changes, long replaced);

    [LoggerMessage(2011, LogLevel.Error, "{Service} has failed: {Reason}; retrying", EventName = "BindFailed")]
    public static partial void BindFailed(this ILogger logger, string service, string reason);

    [LoggerMessage(2012, LogLevel.Information, "Listening again on {Local} for {Service}", EventName = "BindRecovered")]
    public static partial void BindRecovered(this ILogger logger, string local, string service);

    [LoggerMessage(2013, LogLevel.Information, "Stopped listening on {Local} for {Service}", EventName = "ListenerClosed")]
    public static partial void ListenerClosed(this ILogger logger, string local, string service);

    [LoggerMessage(2014, LogLevel.Information, "Took over {Local} for {Service}", EventName = "SocketAdopted")]
    public static partial void SocketAdopted(this ILogger logger, string local, string service);

    [LoggerMessage(2015, LogLevel.Warning,
        "No entry of [ports] matches the socket {Local}, which was passed as '{Name}'; closing it", EventName = "SocketUnclaimed")]
    public static partial void SocketUnclaimed(this ILogger logger, string local, string name);

    [LoggerMessage(2016, LogLevel.Error, "Cannot serve {Service}: {Reason}; fix that and reload", EventName = "ServiceUnavailable")]
    public static partial void ServiceUnavailable(this ILogger logger, string service, string reason);

    [LoggerMessage(2017, LogLevel.Debug,
        "Restored what a child of {Service} has changed on {Local}: {Changes}", EventName = "SocketMended")]
    public static partial void SocketMended(this ILogger logger, string service, string local, string changes);

    [LoggerMessage(2018, LogLevel.Information,
        "Asking the child of {Service} that has {Local} to end: the service is {Reason}", EventName = "ChildEnding")]
    public static partial void ChildEnding(this ILogger logger, string service, string local, string reason);

    [LoggerMessage(2019, LogLevel.Warning,
        "Only its own children seem to wake {Service} on {Local}: they are limited to {Rate} a minute until another client comes; "
        + "if that is not a loop, set rate", EventName = "WakesItself")]
    public static partial void WakesItself(this ILogger logger, string service, string local, int rate);

    [LoggerMessage(2020, LogLevel.Warning,
        "The process {Process}, which a child left behind, still has the socket {Local} of {Service} and may take clients unlogged; end it",
        EventName = "SocketLeft")]
    public static partial void SocketLeft(this ILogger logger, string service, string local, string process);

    [LoggerMessage(2021, LogLevel.Warning, "Cannot start the child of {Service} for what waits on {Local}; retrying in {Pause:0.0} s",
        EventName = "WaitNotStarted")]
    public static partial void WaitNotStarted(this ILogger logger, string service, string local, double pause);

    [LoggerMessage(2022, LogLevel.Information,
        "Asking the server of {Service} to end: the service is {Reason}", EventName = "ServerEnding")]
    public static partial void ServerEnding(this ILogger logger, string service, string reason);

    [LoggerMessage(2023, LogLevel.Warning,
        "The server of {Service} has ended ({End}); starting it again in {Pause:0.0} s", EventName = "ServerRestarts")]
    public static partial void ServerRestarts(this ILogger logger, string service, string end, double pause);

    [LoggerMessage(2024, LogLevel.Warning, "The server of {Service} has ended ({End}), and is not started again", EventName = "ServerOver")]
    public static partial void ServerOver(this ILogger logger, string service, string end);

    [LoggerMessage(2025, LogLevel.Warning,
        "Addresses and network interfaces are not watched: {Reason}; a socket that waits for one is tried again after at most a minute",
        EventName = "NetworkUnwatched")]
    public static partial void NetworkUnwatched(this ILogger logger, string reason);

    [LoggerMessage(2026, LogLevel.Information,
        "The filter of {Service} on {Local} has changed: a new socket takes its place, and the datagrams that waited are lost",
        EventName = "FilterChanged")]
    public static partial void FilterChanged(this ILogger logger, string service, string local);

    [LoggerMessage(2027, LogLevel.Warning,
        "The socket {Local} of {Service} was passed as one of {Passed}, and the map wants {Wanted}: its clients get {Passed}",
        EventName = "SocketOfAnotherProtocol")]
    public static partial void SocketOfAnotherProtocol(this ILogger logger, string local, string service, string passed, string wanted);

    [LoggerMessage(2028, LogLevel.Warning,
        "A child of {Service} that shares {Local} has ended after {Elapsed:0.0} s; starting the next one in {Pause:0.0} s",
        EventName = "ChildEndsEarly")]
    public static partial void ChildEndsEarly(this ILogger logger, string service, string local, double elapsed, double pause);

    [LoggerMessage(3001, LogLevel.Debug, "A client of {Service} left before it was served", EventName = "ConnectionGone")]
    public static partial void ConnectionGone(this ILogger logger, string service);

    [LoggerMessage(3002, LogLevel.Error, "Cannot serve connection {ConnectionId} of {Service}", EventName = "DispatchFailed")]
    public static partial void DispatchFailed(this ILogger logger, Exception exception, long connectionId, string service);

    [LoggerMessage(3003, LogLevel.Warning,
        "Clients of {Service} wait in the backlog: {Reason} is reached; {LeftOut} earlier waits were not logged",
        EventName = "LimitReached")]
    public static partial void LimitReached(this ILogger logger, string service, string reason, long leftOut);

    [LoggerMessage(3004, LogLevel.Information, "Clients of {Service} no longer wait", EventName = "LimitOver")]
    public static partial void LimitOver(this ILogger logger, string service);

    [LoggerMessage(3005, LogLevel.Warning,
        "Connection {ConnectionId} of {Service} from the proxy {Peer} has no valid PROXY header: {Reason}", EventName = "ProxyHeaderWrong")]
    public static partial void ProxyHeaderWrong(this ILogger logger, long connectionId, string service, object peer, string reason);

    [LoggerMessage(4001, LogLevel.Error,
        "The handler of {Service} failed on connection {ConnectionId} from {Peer}", EventName = "HandlerFailed")]
    public static partial void HandlerFailed(this ILogger logger, Exception exception, string service, long connectionId, object peer);

    [LoggerMessage(4002, LogLevel.Warning,
        "The handler {Handler} of {Service} blocks: it holds {Count} threads of the pool, one for {Elapsed:0.0} s in {Call}; {Advice}",
        EventName = "HandlerBlocks")]
    public static partial void HandlerBlocks(
        this ILogger logger, string handler, string service, int count, double elapsed, string call, string advice);

    [LoggerMessage(4003, LogLevel.Warning,
        "The handler of {Service} has not returned from connection {ConnectionId} although it was aborted; abandoning it",
        EventName = "HandlerLeft")]
    public static partial void HandlerLeft(this ILogger logger, string service, long connectionId);

    [LoggerMessage(4004, LogLevel.Error, "The handler of {Service} failed when it was disposed", EventName = "HandlerDisposeFailed")]
    public static partial void HandlerDisposeFailed(this ILogger logger, Exception exception, string service);

    [LoggerMessage(4005, LogLevel.Debug,
        "Unloaded the plugin {Path} ({Fingerprint}), which nothing uses any more", EventName = "PluginUnloaded")]
    public static partial void PluginUnloaded(this ILogger logger, string path, string fingerprint);

    [LoggerMessage(4006, LogLevel.Error, "The handler of {Service} failed on a datagram from {Peer}", EventName = "DatagramFailed")]
    public static partial void DatagramFailed(this ILogger logger, Exception exception, string service, object peer);

    [LoggerMessage(4007, LogLevel.Warning,
        "The handler {Handler} of {Service} has blocked the thread of its datagrams for {Elapsed:0.0} s in {Call}; all its senders wait",
        EventName = "DatagramHandlerBlocks")]
    public static partial void DatagramHandlerBlocks(
        this ILogger logger, string handler, string service, double elapsed, string call);

    [LoggerMessage(4008, LogLevel.Warning,
        "The handler of {Service} has not been disposed within {Elapsed:0.0} s; abandoning it", EventName = "HandlerDisposeHangs")]
    public static partial void HandlerDisposeHangs(this ILogger logger, string service, double elapsed);

    [LoggerMessage(4009, LogLevel.Warning,
        "Left out {Dropped} lines that the handler of {Service} logged faster than {Rate} a second", EventName = "HandlerLinesDropped")]
    public static partial void HandlerLinesDropped(this ILogger logger, string service, long dropped, int rate);

    [LoggerMessage(4010, LogLevel.Error, "The handler of {Service} failed when it was stopped", EventName = "HandlerStopFailed")]
    public static partial void HandlerStopFailed(this ILogger logger, Exception exception, string service);

    [LoggerMessage(4011, LogLevel.Warning,
        "The handler of {Service} has not stopped in time; disposing it", EventName = "HandlerStopHangs")]
    public static partial void HandlerStopHangs(this ILogger logger, string service);

    [LoggerMessage(4012, LogLevel.Warning,
        "{Service} cannot reach its target {Target}: {Reason}; others are tried first until it answers", EventName = "TargetFailed")]
    public static partial void TargetFailed(this ILogger logger, string service, string target, string reason);

    [LoggerMessage(4013, LogLevel.Information, "{Service} reaches its target {Target} again", EventName = "TargetRecovered")]
    public static partial void TargetRecovered(this ILogger logger, string service, string target);

    [LoggerMessage(4014, LogLevel.Warning,
        "{Service} cannot look up its target {Target}: {Reason}; known addresses stay in use", EventName = "TargetUnknown")]
    public static partial void TargetUnknown(this ILogger logger, string service, string target, string reason);

    [LoggerMessage(4015, LogLevel.Information,
        "The TLS handshake of connection {ConnectionId} of {Service} from {Peer} failed: {Reason}", EventName = "TlsFailed")]
    public static partial void TlsFailed(this ILogger logger, string service, long connectionId, object peer, string reason);

    [LoggerMessage(4016, LogLevel.Information,
        "The encrypted connection of {Service} to its target {Target} for connection {ConnectionId} is broken: {Reason}",
        EventName = "TargetTlsFailed")]
    public static partial void TargetTlsFailed(this ILogger logger, string service, EndPoint target, long connectionId, string reason);

    [LoggerMessage(4017, LogLevel.Warning,
        "{Service} cannot reach a target from the address of {Peer} for connection {ConnectionId}: {Reason}",
        EventName = "TargetSourceFailed")]
    public static partial void TargetSourceFailed(this ILogger logger, string service, object peer, long connectionId, string reason);

    [LoggerMessage(5001, LogLevel.Error,
        "Cannot start {Program} for connection {ConnectionId} of {Service}: {Step}: {Reason} ({Errno}); {Outcome}, {Failures} so far",
        EventName = "SpawnFailed")]
    public static partial void SpawnFailed(
        this ILogger logger, string program, long connectionId, string service, string step, string reason, Errno errno, string outcome,
        long failures);

    [LoggerMessage(5002, LogLevel.Information,
        "{Service} stderr of connection {ConnectionId}, child {Pid}: {Line}", EventName = "ChildStderr")]
    public static partial void ChildStderr(this ILogger logger, string service, long connectionId, int pid, string line);

    [LoggerMessage(5003, LogLevel.Warning,
        "Child {Pid} of {Service} has not ended in time; killing its session", EventName = "ChildKilled")]
    public static partial void ChildKilled(this ILogger logger, int pid, string service);

    [LoggerMessage(5004, LogLevel.Error,
        "Another process has taken the end of child {Pid} of {Service}: {Reason}", EventName = "ChildLost")]
    public static partial void ChildLost(this ILogger logger, int pid, string service, string reason);

    [LoggerMessage(5005, LogLevel.Warning,
        "Left out {Dropped} lines that children of {Service} wrote to standard error faster than {Rate} a second",
        EventName = "StderrDropped")]
    public static partial void StderrDropped(this ILogger logger, string service, long dropped, int rate);

    [LoggerMessage(5006, LogLevel.Error, "Cannot handle the end or the output of a child; continuing", EventName = "ChildWatchFailed")]
    public static partial void ChildWatchFailed(this ILogger logger, Exception exception);

    [LoggerMessage(5007, LogLevel.Warning,
        "Child {Pid} of {Service} has not ended after its {Reason}; killing its session", EventName = "ChildOverstays")]
    public static partial void ChildOverstays(this ILogger logger, int pid, string service, string reason);

    [LoggerMessage(5008, LogLevel.Information,
        "Left {Count} children running, because drain_children is \"leave\"", EventName = "ChildrenLeft")]
    public static partial void ChildrenLeft(this ILogger logger, int count);

    [LoggerMessage(5010, LogLevel.Warning,
        "The fork server, process {Pid}, has ended before it started {Lost} children; starting another one", EventName = "ForkServerEnded")]
    public static partial void ForkServerEnded(this ILogger logger, int pid, int lost);

    [LoggerMessage(5011, LogLevel.Error,
        "Cannot start children because there is no fork server: {Reason}; closing their connections, retrying",
        EventName = "ForkServerFailed")]
    public static partial void ForkServerFailed(this ILogger logger, string reason);

    [LoggerMessage(5012, LogLevel.Information,
        "The fork server, process {Pid}, starts children again; {Ends} others ended or did not start before it, and {Lost} children "
        + "that could not be started were left out of the log", EventName = "ForkServerRecovered")]
    public static partial void ForkServerRecovered(this ILogger logger, int pid, int ends, long lost);

    [LoggerMessage(5009, LogLevel.Information, "{Service} stderr: {Line}", EventName = "SharedStderr")]
    public static partial void SharedStderr(this ILogger logger, string service, string line);

    [LoggerMessage(5013, LogLevel.Warning,
        "The worker {Worker} has ended ({End}); starting it again in {Pause:0.0} s",
        EventName = "WorkerRestarts")]
    public static partial void WorkerRestarts(this ILogger logger, string worker, string end, double pause);

    [LoggerMessage(5014, LogLevel.Error,
        "The worker {Worker} cannot serve {Service} again: {Reason}; its clients wait for the next attempt",
        EventName = "WorkerHandlerFailed")]
    public static partial void WorkerHandlerFailed(this ILogger logger, string service, string worker, string reason);

    [LoggerMessage(5015, LogLevel.Warning, "The worker {Worker} has not answered for {Elapsed} s; killing it", EventName = "WorkerHangs")]
    public static partial void WorkerHangs(this ILogger logger, string worker, int elapsed);

    [LoggerMessage(6001, LogLevel.Information,
        "Connection {ConnectionId} of {Service} from {Peer} to {Local}", EventName = "ConnectionStarted")]
    public static partial void ConnectionStarted(this ILogger logger, long connectionId, string service, object peer, EndPoint local);

    [LoggerMessage(6003, LogLevel.Information,
        "Connection {ConnectionId} of {Service} from {Peer} to {Local}, child {Pid}", EventName = "ChildStarted")]
    public static partial void ChildStarted(
        this ILogger logger, long connectionId, string service, object peer, EndPoint local, int pid);

    [LoggerMessage(6005, LogLevel.Information,
        "Connection {ConnectionId} of {Service} from {Peer} to {Local} refused: {Reason}", EventName = "ConnectionRefused")]
    public static partial void ConnectionRefused(
        this ILogger logger, long connectionId, string service, object peer, EndPoint local, string reason);

    [LoggerMessage(6007, LogLevel.Information, "Served {Service}: {Totals}", EventName = "Served")]
    public static partial void Served(this ILogger logger, string service, string totals);

    [LoggerMessage(6008, LogLevel.Information,
        "Left out {LeftOut} refusals or failures of {Service} within {Elapsed:0.0} s, the last one: {Reason}",
        EventName = "RefusalsLeftOut")]
    public static partial void RefusalsLeftOut(this ILogger logger, string service, long leftOut, double elapsed, string reason);

    [LoggerMessage(6011, LogLevel.Warning,
        "Counting the connections of {Service} from {Peer} instead of logging them: log.lines_per_source is used up",
        EventName = "LogShareUsedUp")]
    public static partial void LogShareUsedUp(this ILogger logger, string service, object peer);

    [LoggerMessage(6012, LogLevel.Warning,
        "Left {LeftOut} connections of {Service} from {Peer} out of the log within {Elapsed:0.0} s: log.lines_per_source is used up",
        EventName = "ConnectionsLeftOut")]
    public static partial void ConnectionsLeftOut(this ILogger logger, long leftOut, string service, object peer, double elapsed);

    [LoggerMessage(6013, LogLevel.Warning,
        "Left {LeftOut} connections from further sources out of the log within {Elapsed:0.0} s: log.lines_per_source is used up",
        EventName = "OthersLeftOut")]
    public static partial void OthersLeftOut(this ILogger logger, long leftOut, double elapsed);

    [LoggerMessage(6010, LogLevel.Information,
        "Datagram for {Service} from {Peer} to {Local} refused: {Reason}", EventName = "DatagramRefused")]
    public static partial void DatagramRefused(this ILogger logger, string service, object peer, EndPoint local, string reason);
}
