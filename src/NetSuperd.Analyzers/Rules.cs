using Microsoft.CodeAnalysis;

namespace NetSuperd.Analyzers;

/// <summary>The rules for the code of handlers. The README of the package lists them by their numbers, which do not change.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor Blocks = Rule(
        "NSD001",
        "A handler blocks a thread",
        "'{0}' blocks a thread of the daemon until it returns; {1}",
        "All handlers share the threads of the daemon. While one blocks, the thread serves no other client, and some hundred clients of "
        + "such a handler use up the threads of all plugins. Task.Delay, SemaphoreSlim.WaitAsync and the like wait without a thread. A "
        + "handler of datagrams must not wait at all, since it runs on the thread that receives.");

    public static readonly DiagnosticDescriptor WaitsForTask = Rule(
        "NSD002",
        "A handler waits for a task without await",
        "'{0}' blocks a thread of the daemon until the task has ended; {1}",
        "Result, Wait() and GetAwaiter().GetResult() hold a thread until another thread completes the task. If all threads wait in this "
        + "way, no thread is left that could complete a task.");

    public static readonly DiagnosticDescriptor SynchronousStream = Rule(
        "NSD003",
        "A handler uses the stream of its connection synchronously",
        "'{0}' blocks a thread of the daemon until the client sends or accepts bytes; await '{0}Async'",
        "The client decides how long such a call takes. The asynchronous call waits without a thread.");

    public static readonly DiagnosticDescriptor IgnoresToken = Rule(
        "NSD004",
        "A handler ignores its token",
        "'{0}' is not used: the handler does not end when the daemon stops, and its connection is aborted after the drain time; pass the "
        + "token to the calls that wait",
        "The token fires when the daemon stops. A handler that passes it to its calls ends in order, and a handler that ignores it is "
        + "aborted when the drain time is over. A parameter that is named '_' is ignored on purpose.");

    public static readonly DiagnosticDescriptor AsyncVoid = Rule(
        "NSD005",
        "A handler has a method that is async void",
        "'{0}' is async void: an exception in it ends the daemon; return a Task, and await it",
        "An exception of an asynchronous method without a task has no caller that could catch it, and ends the process.");

    private static DiagnosticDescriptor Rule(string id, string title, string message, string description) => new(
        id, title, message, "NetSuperd", DiagnosticSeverity.Warning, isEnabledByDefault: true, description,
        "https://www.nuget.org/packages/NetSuperd.Abstractions#readme-body-tab");
}
