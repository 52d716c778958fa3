using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace NetSuperd.Analyzers;

/// <summary>Finds the calls of a handler that hold a thread while they wait.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BlockingAnalyzer : DiagnosticAnalyzer
{
    private static readonly ImmutableHashSet<string> Blocking = ImmutableHashSet.Create(
        "System.Threading.Thread.Sleep", "System.Threading.Thread.Join", "System.Threading.SpinWait.SpinUntil",
        "System.Threading.SemaphoreSlim.Wait", "System.Threading.ManualResetEventSlim.Wait", "System.Threading.CountdownEvent.Wait",
        "System.Threading.Barrier.SignalAndWait", "System.Threading.Monitor.Wait", "System.Threading.WaitHandle.WaitOne",
        "System.Threading.WaitHandle.WaitAny", "System.Threading.WaitHandle.WaitAll", "System.Diagnostics.Process.WaitForExit",
        "System.Collections.Concurrent.BlockingCollection<T>.Take");

    private static readonly ImmutableHashSet<string> WaitsForTask = ImmutableHashSet.Create(
        "System.Threading.Tasks.Task.Wait", "System.Threading.Tasks.Task.WaitAll", "System.Threading.Tasks.Task.WaitAny");

    private static readonly ImmutableHashSet<string> Synchronous = ImmutableHashSet.Create(
        "Read", "ReadByte", "ReadExactly", "ReadAtLeast", "ReadLine", "ReadToEnd", "ReadBlock",
        "Write", "WriteByte", "WriteLine", "CopyTo", "Flush");

    // The stream of a connection buffers nothing.
    private const string FlushOfNothing = "System.IO.Stream.Flush";

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(Rules.Blocks, Rules.WaitsForTask, Rules.SynchronousStream);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            if (HandlerTypes.Of(start.Compilation) is not { } types)
            {
                return;
            }

            start.RegisterOperationAction(operation => CheckCall(operation, types), OperationKind.Invocation);
            start.RegisterOperationAction(operation => CheckResult(operation, types), OperationKind.PropertyReference);
        });
    }

    private static void CheckCall(OperationAnalysisContext context, HandlerTypes types)
    {
        var call = (IInvocationOperation)context.Operation;
        var method = call.TargetMethod;
        var name = $"{method.ContainingType.OriginalDefinition.ToDisplayString()}.{method.Name}";
        var rule = Blocking.Contains(name) && !OnlyTries(call) ? Rules.Blocks
            : WaitsForTask.Contains(name) || IsResultOfAwaiter(method) ? Rules.WaitsForTask
            : Synchronous.Contains(method.Name) && name != FlushOfNothing && IsOfConnection(call.Instance, types) ? Rules.SynchronousStream
            : null;
        if (rule is not null && types.Serves(context.ContainingSymbol))
        {
            context.ReportDiagnostic(Diagnostic.Create(rule, call.Syntax.GetLocation(), method.Name, Remedy(context, rule, types)));
        }
    }

    private static void CheckResult(OperationAnalysisContext context, HandlerTypes types)
    {
        var property = ((IPropertyReferenceOperation)context.Operation).Property;
        if (property.Name == "Result"
            && property.ContainingType.OriginalDefinition.ToDisplayString()
                is "System.Threading.Tasks.Task<TResult>" or "System.Threading.Tasks.ValueTask<TResult>"
            && types.Serves(context.ContainingSymbol))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.WaitsForTask, context.Operation.Syntax.GetLocation(), property.Name, Remedy(context, Rules.WaitsForTask, types)));
        }
    }

    // The method for a datagram has no task to await in.
    private static string Remedy(OperationAnalysisContext context, DiagnosticDescriptor rule, HandlerTypes types) =>
        types.ServesDatagram(context.ContainingSymbol)
            ? "Handle must not block: read what it needs beforehand, in the constructor or in StartAsync of IHandlerLife"
        : rule == Rules.Blocks ? "await its asynchronous counterpart instead"
        : "use await";

    // Wait(0) takes what is free, and does not wait.
    private static bool OnlyTries(IInvocationOperation call) =>
        call.TargetMethod.Name == "Wait" && call.Arguments.FirstOrDefault()?.Value.ConstantValue is { HasValue: true, Value: 0 };

    // await calls no method that stands in the code.
    private static bool IsResultOfAwaiter(IMethodSymbol method) =>
        method.Name == "GetResult" && method.ContainingNamespace.ToDisplayString() == "System.Runtime.CompilerServices";

    /// <summary>Whether it is the stream of a connection, or a local variable that was made of it, such as a reader.</summary>
    private static bool IsOfConnection(IOperation? instance, HandlerTypes types) => instance switch
    {
        IConversionOperation conversion => IsOfConnection(conversion.Operand, types),
        IPropertyReferenceOperation { Property.Name: "Stream" } stream =>
            SymbolEqualityComparer.Default.Equals(stream.Property.ContainingType, types.Connection),
        ILocalReferenceOperation local => ValueOf(local) is { } value
            && value.DescendantsAndSelf().Any(part => part is IPropertyReferenceOperation && IsOfConnection(part, types)),
        _ => false,
    };

    private static IOperation? ValueOf(ILocalReferenceOperation local) =>
        local.Local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is { } syntax
        && local.SemanticModel?.GetOperation(syntax) is IVariableDeclaratorOperation declaration
            ? declaration.GetVariableInitializer()?.Value
            : null;
}
