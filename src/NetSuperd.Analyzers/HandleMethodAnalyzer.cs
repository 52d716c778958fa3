using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace NetSuperd.Analyzers;

/// <summary>Finds handlers that ignore their token, and methods of handlers that have no task.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class HandleMethodAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(Rules.IgnoresToken, Rules.AsyncVoid);

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

            start.RegisterOperationBlockAction(block => CheckToken(block, types));
            start.RegisterSymbolAction(symbol => CheckTask(symbol, types), SymbolKind.Method);
        });
    }

    private static void CheckToken(OperationBlockAnalysisContext context, HandlerTypes types)
    {
        if (context.OwningSymbol is not IMethodSymbol method
            || !types.IsHandler(method.ContainingType)
            || !Implements(method, types.Streams)
            || method.Parameters.Last() is not { Name: not "_" } token)
        {
            return;
        }

        var parts = context.OperationBlocks.SelectMany(block => block.DescendantsAndSelf()).ToList();
        if (parts.Any(part => part is IAwaitOperation or IInvocationOperation)
            && !parts.Any(part => part is IParameterReferenceOperation use && SymbolEqualityComparer.Default.Equals(use.Parameter, token)))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.IgnoresToken, token.Locations[0], token.Name));
        }
    }

    private static void CheckTask(SymbolAnalysisContext context, HandlerTypes types)
    {
        var method = (IMethodSymbol)context.Symbol;
        if (method is { IsAsync: true, ReturnsVoid: true } && types.Serves(method))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.AsyncVoid, method.Locations[0], method.Name));
        }
    }

    private static bool Implements(IMethodSymbol method, INamedTypeSymbol contract) => contract.GetMembers().Any(member =>
        SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method));
}
