using System.Net;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;

namespace NetSuperd.Server.Tally;

/// <summary>
/// Every event of the engine. Ids are a contract with log filters: blocks by stage, never reused. 1000 the server as a whole,
/// 2000 Listen, 3000 Permit, 4000 Serve, 5000 Spawn, 6000 Tally. Highest in use: 1007, 2021, 3004, 4009, 5012, 6014.
/// </summary>
internal static partial class ServerLog
{
    private static readonly Action<ILogger, long, string, object, string, double, string, Exception?> LogUnspawnedEnded =
        LoggerMessage.Define<long, string, object, string, double, string>(
            LogLevel.Information, new EventId(6002, "ConnectionEnded"),
            "Connection {ConnectionId} of {Service} from {Peer} {End} after {Elapsed:0.000} s: {Detail}");

    [LoggerMessage(1002, LogLevel.Information, "Paused {Service}: its clients wait", EventName = "Paused")]
    public static partial void Paused(this ILogger logger, string service);

    [LoggerMessage(1003, LogLevel.Information, "Resumed {Service}", EventName = "Resumed")]
    public static partial void Resumed(this ILogger logger, string service);

    [LoggerMessage(1004, LogLevel.Warning,
        "Connection {ConnectionId} of {Service} is aborted for the operator", EventName = "AbortedByOperator")]
    public static partial void AbortedByOperator(this ILogger logger, long connectionId, string service);

    [LoggerMessage(1006, LogLevel.Error, "The times of connections could not be looked at; trying again", EventName = "LookFailed")]
    public static partial void LookFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1007, LogLevel.Error, "An event could not be served; the event loop continues", EventName = "LoopFailed")]
    public static partial void LoopFailed(this ILogger logger, Exception exception);

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

    [LoggerMessage(2006, LogLevel.Error,
        "The listener {Local} of {Service} has failed: {Reason}; retrying", EventName = "ListenerFailed")]
    public static partial void ListenerFailed(this ILogger logger, string local, string service, string reason);

    [LoggerMessage(2007, LogLevel.Warning, "Cannot remove {Local}: {Reason}; ignoring", EventName = "UnlinkFailed")]
    public static partial void UnlinkFailed(this ILogger logger, string local, string reason);

    [LoggerMessage(2008, LogLevel.Warning,
        "The child of {Service} ended without taking what waits on {Local}; starting it again in {Pause:0.0} s", EventName = "WaitBackoff")]
    public static partial void WaitBackoff(this ILogger logger, string service, string local, double pause);

    [LoggerMessage(2009, LogLevel.Warning,
        "Dropped a datagram of {Length} bytes from {Peer} on {Local}, which the child of {Service} did not read; {Dropped} so far",
        EventName = "DatagramDropped")]
    public static partial void DatagramDropped(
        this ILogger logger, string service, string local, object peer, long length, long dropped);

    [LoggerMessage(2010, LogLevel.Warning,
        "A child of {Service} has changed {Local} for good ({Changes}): the socket is bound anew, "
        + "and the clients that waited on it are lost; "
        + "{Replaced} so far", EventName = "SocketReplaced")]
    public static partial void SocketReplaced(this ILogger logger, string service, string local, string changes, long replaced);

    [LoggerMessage(2011, LogLevel.Error, "{Service} has failed: {Reason}; retrying", EventName = "BindFailed")]
    public static partial void BindFailed(this ILogger logger, string service, string reason);

    [LoggerMessage(2012, LogLevel.Information, "Listening again on {Local} for {Service}", EventName = "BindRecovered")]
    public static partial void BindRecovered(this ILogger logger, string local, string service);

    [LoggerMessage(2013, LogLevel.Information, "Listening no more on {Local} for {Service}", EventName = "ListenerClosed")]
    public static partial void ListenerClosed(this ILogger logger, string local, string service);

    [LoggerMessage(2014, LogLevel.Information, "Took over {Local} for {Service}", EventName = "SocketAdopted")]
    public static partial void SocketAdopted(this ILogger logger, string local, string service);

    [LoggerMessage(2015, LogLevel.Warning,
        "No entry of [ports] is for the socket {Local} that was passed as '{Name}'; closing it", EventName = "SocketUnclaimed")]
    public static partial void SocketUnclaimed(this ILogger logger, string local, string name);

    [LoggerMessage(2016, LogLevel.Error, "{Service} is not served: {Reason}; mend that and reload", EventName = "ServiceUnavailable")]
    public static partial void ServiceUnavailable(this ILogger logger, string service, string reason);

    [LoggerMessage(2017, LogLevel.Debug,
        "Set back on {Local} what a child of {Service} has changed: {Changes}", EventName = "SocketMended")]
    public static partial void SocketMended(this ILogger logger, string service, string local, string changes);

    [LoggerMessage(2018, LogLevel.Information,
        "The child of {Service} that has {Local} is asked to end: the service is {Reason}", EventName = "ChildEnding")]
    public static partial void ChildEnding(this ILogger logger, string service, string local, string reason);

    [LoggerMessage(2019, LogLevel.Warning,
        "{Service} is woken on {Local} by nothing but what comes while its children run: "
        + "they are held to {Rate} a minute until another client comes; "
        + "where that is no loop, set rate", EventName = "WakesItself")]
    public static partial void WakesItself(this ILogger logger, string service, string local, int rate);

    [LoggerMessage(2020, LogLevel.Warning,
        "The process {Process}, which a child has left, has the socket {Local} of {Service} as well: "
        + "it may take clients that this log does not name; end it",
        EventName = "SocketLeft")]
    public static partial void SocketLeft(this ILogger logger, string service, string local, string process);

    [LoggerMessage(2021, LogLevel.Warning,
        "The child of {Service} for what waits on {Local} could not be started; trying again in {Pause:0.0} s",
        EventName = "WaitNotStarted")]
    public static partial void WaitNotStarted(this ILogger logger, string service, string local, double pause);

    [LoggerMessage(3001, LogLevel.Debug, "A client of {Service} left before it was served", EventName = "ConnectionGone")]
    public static partial void ConnectionGone(this ILogger logger, string service);

    [LoggerMessage(3002, LogLevel.Error, "Connection {ConnectionId} of {Service} could not be served", EventName = "DispatchFailed")]
    public static partial void DispatchFailed(this ILogger logger, Exception exception, long connectionId, string service);

    [LoggerMessage(3003, LogLevel.Warning,
        "Clients of {Service} wait in the backlog: {Reason} is reached; {LeftOut} earlier waits were not logged",
        EventName = "LimitReached")]
    public static partial void LimitReached(this ILogger logger, string service, string reason, long leftOut);

    [LoggerMessage(3004, LogLevel.Information, "Clients of {Service} wait no more", EventName = "LimitOver")]
    public static partial void LimitOver(this ILogger logger, string service);

    [LoggerMessage(4001, LogLevel.Error,
        "The handler of {Service} failed on connection {ConnectionId} from {Peer}", EventName = "HandlerFailed")]
    public static partial void HandlerFailed(this ILogger logger, Exception exception, string service, long connectionId, object peer);

    [LoggerMessage(4002, LogLevel.Warning,
        "The handler of {Service} blocks threads: it holds {Count} of the thread pool, one for {Elapsed:0.0} s; await instead of blocking",
        EventName = "HandlerBlocks")]
    public static partial void HandlerBlocks(this ILogger logger, string service, int count, double elapsed);

    [LoggerMessage(4003, LogLevel.Warning,
        "The handler of {Service} has not returned from connection {ConnectionId} although it was aborted; leaving it",
        EventName = "HandlerLeft")]
    public static partial void HandlerLeft(this ILogger logger, string service, long connectionId);

    [LoggerMessage(4004, LogLevel.Error, "The handler of {Service} failed when it was disposed", EventName = "HandlerDisposeFailed")]
    public static partial void HandlerDisposeFailed(this ILogger logger, Exception exception, string service);

    [LoggerMessage(4005, LogLevel.Debug, "Nothing uses the plugin {Path} ({Fingerprint}) any more: unloaded", EventName = "PluginUnloaded")]
    public static partial void PluginUnloaded(this ILogger logger, string path, string fingerprint);

    [LoggerMessage(4006, LogLevel.Error, "The handler of {Service} failed on a datagram from {Peer}", EventName = "DatagramFailed")]
    public static partial void DatagramFailed(this ILogger logger, Exception exception, string service, object peer);

    [LoggerMessage(4007, LogLevel.Warning,
        "The handler of {Service} blocks the thread of its datagrams for {Elapsed:0.0} s; everybody who sends to it waits",
        EventName = "DatagramHandlerBlocks")]
    public static partial void DatagramHandlerBlocks(this ILogger logger, string service, double elapsed);

    [LoggerMessage(4008, LogLevel.Warning,
        "The handler of {Service} has not been disposed within {Elapsed:0.0} s; leaving it", EventName = "HandlerDisposeHangs")]
    public static partial void HandlerDisposeHangs(this ILogger logger, string service, double elapsed);

    [LoggerMessage(4009, LogLevel.Warning,
        "Left out {Dropped} lines that the handler of {Service} logged faster than {Rate} a second", EventName = "HandlerLinesDropped")]
    public static partial void HandlerLinesDropped(this ILogger logger, string service, long dropped, int rate);

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
        "Child {Pid} of {Service} has not ended within the drain time; killing its session", EventName = "ChildKilled")]
    public static partial void ChildKilled(this ILogger logger, int pid, string service);

    [LoggerMessage(5004, LogLevel.Error,
        "Child {Pid} of {Service} was reaped by somebody else: {Reason}", EventName = "ChildLost")]
    public static partial void ChildLost(this ILogger logger, int pid, string service, string reason);

    [LoggerMessage(5005, LogLevel.Warning,
        "Left out {Dropped} lines that children of {Service} wrote to standard error faster than {Rate} a second",
        EventName = "StderrDropped")]
    public static partial void StderrDropped(this ILogger logger, string service, long dropped, int rate);

    [LoggerMessage(5006, LogLevel.Error,
        "The end of a child, or what children wrote, could not be taken; going on", EventName = "ChildWatchFailed")]
    public static partial void ChildWatchFailed(this ILogger logger, Exception exception);

    [LoggerMessage(5007, LogLevel.Warning,
        "Child {Pid} of {Service} has not ended although its {Reason} is over; killing its session", EventName = "ChildOverstays")]
    public static partial void ChildOverstays(this ILogger logger, int pid, string service, string reason);

    [LoggerMessage(5008, LogLevel.Information, "Left {Count} alone of the children, as drain_children says", EventName = "ChildrenLeft")]
    public static partial void ChildrenLeft(this ILogger logger, int count);

    [LoggerMessage(5010, LogLevel.Warning,
        "The fork server, process {Pid}, has ended, with {Lost} children that it was to start; another one takes its place",
        EventName = "ForkServerEnded")]
    public static partial void ForkServerEnded(this ILogger logger, int pid, int lost);

    [LoggerMessage(5011, LogLevel.Error,
        "Cannot start children, there is no fork server: {Reason}; the connections that need one are closed, retrying",
        EventName = "ForkServerFailed")]
    public static partial void ForkServerFailed(this ILogger logger, string reason);

    [LoggerMessage(5012, LogLevel.Information,
        "The fork server, process {Pid}, starts children again; {Ends} others ended or did not start before it, "
        + "and {Lost} failures of children were left out of the log",
        EventName = "ForkServerRecovered")]
    public static partial void ForkServerRecovered(this ILogger logger, int pid, int ends, long lost);

    [LoggerMessage(5009, LogLevel.Information, "{Service} stderr: {Line}", EventName = "SharedStderr")]
    public static partial void SharedStderr(this ILogger logger, string service, string line);

    [LoggerMessage(6001, LogLevel.Information,
        "Connection {ConnectionId} of {Service} from {Peer} to {Local}", EventName = "ConnectionStarted")]
    public static partial void ConnectionStarted(this ILogger logger, long connectionId, string service, object peer, EndPoint local);

    [LoggerMessage(6002, LogLevel.Information,
        "Connection {ConnectionId} of {Service} from {Peer} {End} after {Elapsed:0.000} s, received {BytesReceived}, sent {BytesSent}",
        EventName = "ConnectionEnded")]
    public static partial void ConnectionEnded(
        this ILogger logger, long connectionId, string service, object peer, string end, double elapsed, long bytesReceived,
        long bytesSent);

    /// <summary>The same end record, of a child that could not be started: it has a reason and no bytes.</summary>
    public static void UnspawnedEnded(
        this ILogger logger, long connectionId, string service, object peer, string end, double elapsed, string detail) =>
        LogUnspawnedEnded(logger, connectionId, service, peer, end, elapsed, detail, null);

    [LoggerMessage(6003, LogLevel.Information,
        "Connection {ConnectionId} of {Service} from {Peer} to {Local}, child {Pid}", EventName = "ChildStarted")]
    public static partial void ChildStarted(
        this ILogger logger, long connectionId, string service, object peer, EndPoint local, int pid);

    [LoggerMessage(6004, LogLevel.Information,
        "Connection {ConnectionId} of {Service} from {Peer}, child {Pid} {End} {Detail} after {Elapsed:0.000} s, "
        + "{UserTime:0.000} s user, {SystemTime:0.000} s system, peak {PeakMemory} KiB",
        EventName = "ChildEnded")]
    public static partial void ChildEnded(
        this ILogger logger, long connectionId, string service, object peer, int pid, string end, string detail,
        double elapsed, double userTime, double systemTime, long peakMemory);

    [LoggerMessage(6005, LogLevel.Information,
        "Connection {ConnectionId} of {Service} from {Peer} to {Local} refused: {Reason}", EventName = "ConnectionRefused")]
    public static partial void ConnectionRefused(
        this ILogger logger, long connectionId, string service, object peer, EndPoint local, string reason);

    [LoggerMessage(6007, LogLevel.Information, "Served {Service}: {Totals}", EventName = "Served")]
    public static partial void Served(this ILogger logger, string service, string totals);

    [LoggerMessage(6008, LogLevel.Information,
        "Left out {LeftOut} refusals of {Service} within {Elapsed:0.0} s, the last one: {Reason}", EventName = "RefusalsLeftOut")]
    public static partial void RefusalsLeftOut(this ILogger logger, string service, long leftOut, double elapsed, string reason);

    [LoggerMessage(6009, LogLevel.Information,
        "Connection {ConnectionId} of {Service} from {Peer} ended by {Reason} after {Elapsed:0.000} s, received {BytesReceived}, "
        + "sent {BytesSent}",
        EventName = "ConnectionTimedOut")]
    public static partial void ConnectionTimedOut(
        this ILogger logger, long connectionId, string service, object peer, string reason, double elapsed, long bytesReceived,
        long bytesSent);

    [LoggerMessage(6011, LogLevel.Warning,
        "Connections of {Service} from {Peer} are left out of the log from now on and counted: lines_per_source below [log] is used up",
        EventName = "LogShareUsedUp")]
    public static partial void LogShareUsedUp(this ILogger logger, string service, object peer);

    [LoggerMessage(6012, LogLevel.Warning,
        "Left {LeftOut} connections of {Service} from {Peer} out of the log within {Elapsed:0.0} s: "
        + "lines_per_source below [log] is used up",
        EventName = "ConnectionsLeftOut")]
    public static partial void ConnectionsLeftOut(this ILogger logger, long leftOut, string service, object peer, double elapsed);

    [LoggerMessage(6013, LogLevel.Warning,
        "Left {LeftOut} connections from more sources out of the log within {Elapsed:0.0} s: lines_per_source below [log] is used up",
        EventName = "OthersLeftOut")]
    public static partial void OthersLeftOut(this ILogger logger, long leftOut, double elapsed);

    [LoggerMessage(6014, LogLevel.Information,
        "Connection {ConnectionId} of {Service} from {Peer}, child {Pid} {End} {Detail} after {Elapsed:0.000} s",
        EventName = "LostChildEnded")]
    public static partial void LostChildEnded(
        this ILogger logger, long connectionId, string service, object peer, int pid, string end, string detail, double elapsed);

    [LoggerMessage(6010, LogLevel.Information,
        "Datagram for {Service} from {Peer} to {Local} refused: {Reason}", EventName = "DatagramRefused")]
    public static partial void DatagramRefused(this ILogger logger, string service, object peer, EndPoint local, string reason);
}
