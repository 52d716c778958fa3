using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using NetSuperd.Analyzers;

namespace NetSuperd.Tests;

/// <summary>The analyzers that the package of the contract has inside, on the code of handlers.</summary>
public sealed class HandlerAnalyzerTests
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(file => MetadataReference.CreateFromFile(file)),
    ];

    [Theory]
    [InlineData("Thread.Sleep(1);", "NSD001:Thread.Sleep(1)")]
    [InlineData("_gate.Wait(stopping);", "NSD001:_gate.Wait(stopping)")]
    [InlineData("_gate.Wait(0);", "")]
    [InlineData("await _gate.WaitAsync(stopping);", "")]
    [InlineData("Task.Run(() => Thread.Sleep(1));", "NSD001:Thread.Sleep(1)")]
    [InlineData("var count = connection.ReceiveAsync(_buffer).Result;", "NSD002:connection.ReceiveAsync(_buffer).Result")]
    [InlineData("var count = Task.FromResult(1).Result;", "NSD002:Task.FromResult(1).Result")]
    [InlineData("Task.Delay(1).Wait();", "NSD002:Task.Delay(1).Wait()")]
    [InlineData("Task.WaitAll(Task.Delay(1));", "NSD002:Task.WaitAll(Task.Delay(1))")]
    [InlineData("connection.CloseAsync().GetAwaiter().GetResult();", "NSD002:connection.CloseAsync().GetAwaiter().GetResult()")]
    [InlineData(
        "Task.Delay(1).ConfigureAwait(false).GetAwaiter().GetResult();",
        "NSD002:Task.Delay(1).ConfigureAwait(false).GetAwaiter().GetResult()")]
    [InlineData("await connection.CloseAsync().ConfigureAwait(false);", "")]
    [InlineData("connection.Stream.Write(_buffer, 0, 1);", "NSD003:connection.Stream.Write(_buffer, 0, 1)")]
    [InlineData("var stream = connection.Stream; stream.ReadByte();", "NSD003:stream.ReadByte()")]
    [InlineData("using var reader = new StreamReader(connection.Stream); reader.ReadLine();", "NSD003:reader.ReadLine()")]
    [InlineData("using var reader = new StreamReader(connection.Stream); await reader.ReadLineAsync(stopping);", "")]
    [InlineData("using var writer = new StreamWriter(connection.Stream); writer.Flush();", "NSD003:writer.Flush()")]
    [InlineData("connection.Stream.Flush();", "")]
    [InlineData("var memory = new MemoryStream(); memory.WriteByte(1);", "")]
    public async Task Call_OfAHandler_IsReportedWhereItBlocks(string call, string expected) => Assert.Equal(
        expected, await AnalyzeAsync($$"""
            sealed class Handler : IStreamHandler
            {
                private readonly SemaphoreSlim _gate = new(1);
                private readonly byte[] _buffer = new byte[9];

                public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
                {
                    {{call}}
                    await Task.Delay(1, stopping);
                }
            }
            """));

    [Theory]
    [InlineData("public Handler() => Thread.Sleep(1);", "")]
    [InlineData("public void Dispose() => Thread.Sleep(1);", "")]
    [InlineData("private void Other() => Thread.Sleep(1);", "NSD001:Thread.Sleep(1)")]
    [InlineData("private sealed class Inner { public void Other() => Thread.Sleep(1); }", "NSD001:Thread.Sleep(1)")]
    [InlineData("private async void Begin() => await Task.Delay(1);", "NSD005:Begin")]
    [InlineData("private async Task Begin() => await Task.Delay(1);", "")]
    public async Task Member_OfAHandler_IsReportedIfItServes(string member, string expected) => Assert.Equal(
        expected, await AnalyzeAsync($$"""
            sealed class Handler : IStreamHandler
            {
                {{member}}

                public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => Task.Delay(1, stopping);
            }
            """));

    [Theory]
    [InlineData("stopping", "await connection.WaitForDataAsync();", "NSD004:stopping")]
    [InlineData("stopping", "await connection.WaitForDataAsync(stopping);", "")]
    [InlineData("stopping", "stopping.Register(connection.Abort); await connection.WaitForDataAsync();", "")]
    [InlineData("_", "await connection.WaitForDataAsync();", "")]
    public async Task Token_OfAHandler_IsReportedIfItIsIgnored(string token, string body, string expected) => Assert.Equal(
        expected, await AnalyzeAsync($$"""
            sealed class Handler : IStreamHandler
            {
                public async Task HandleAsync(StreamConnection connection, CancellationToken {{token}})
                {
                    {{body}}
                }
            }
            """));

    [Fact]
    public async Task Handler_OfDatagrams_IsAnalyzedToo() => Assert.Equal("NSD002:Task.Delay(1).Wait()", await AnalyzeAsync("""
        sealed class Handler : IDatagramHandler
        {
            public void Handle(in Datagram request, IDatagramReply reply) => Task.Delay(1).Wait();
        }
        """));

    [Theory]
    [InlineData("Handle(in Datagram request, IDatagramReply reply) => Thread.Sleep(1)", "StartAsync")]
    [InlineData("Handle(in Datagram request, IDatagramReply reply) => Task.Run(() => Thread.Sleep(1))", "StartAsync")]
    [InlineData("Handle(in Datagram request, IDatagramReply reply) => Task.Delay(1).Wait()", "StartAsync")]
    [InlineData("Handle(in Datagram request, IDatagramReply reply) { } void Other() => Thread.Sleep(1)", "await")]
    public async Task Advice_ForHandle_IsNotToAwait(string member, string expected) => Assert.Contains(
        expected,
        Assert.Single(await FindAsync($"sealed class Handler : IDatagramHandler {{ public void {member}; }}")).Diagnostic.GetMessage(
            System.Globalization.CultureInfo.InvariantCulture),
        StringComparison.Ordinal);

    [Fact]
    public async Task Class_ThatIsNoHandler_IsNotAnalyzed() => Assert.Equal("", await AnalyzeAsync("""
        sealed class Other
        {
            public void Call() => Thread.Sleep(1);
        }
        """));

    /// <summary>What the analyzers report: the rule and its place in the text.</summary>
    private static async Task<string> AnalyzeAsync(string code) =>
        string.Join(' ', (await FindAsync(code)).Select(found => $"{found.Diagnostic.Id}:{found.Place}"));

    private static async Task<IReadOnlyList<(Diagnostic Diagnostic, string Place)>> FindAsync(string code)
    {
        var cancel = TestContext.Current.CancellationToken;
        var tree = CSharpSyntaxTree.ParseText("using System; using System.IO; using System.Threading; using System.Threading.Tasks;"
            + $"using NetSuperd;\n{code}", cancellationToken: cancel);
        var compilation = CSharpCompilation.Create(
            "plugin", [tree], References, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics(cancel).Where(found => found.Severity == DiagnosticSeverity.Error));
        var found = await compilation.WithAnalyzers([new BlockingAnalyzer(), new HandleMethodAnalyzer()])
            .GetAnalyzerDiagnosticsAsync(cancel);
        Assert.All(found, diagnostic => Assert.NotEqual("", diagnostic.Descriptor.Description.ToString(null)));
        return [.. found.Select(diagnostic => (diagnostic, tree.GetText(cancel).ToString(diagnostic.Location.SourceSpan)))];
    }
}
