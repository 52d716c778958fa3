namespace NetSuperd.Server.Config.Reporting;

/// <summary>A position in a source, to which a problem points.</summary>
/// <param name="Source">The file, or the command line.</param>
/// <param name="Line">The line, from 1; 0 means the source as a whole.</param>
/// <param name="Column">The column in Unicode code points, from 1.</param>
/// <param name="Length">The number of code points, at least 1.</param>
public sealed record Position(SourceText Source, int Line = 0, int Column = 0, int Length = 1)
{
    /// <summary><c>etc/netsuperd.toml:12:9</c>, or the source alone.</summary>
    public override string ToString() => Line == 0 ? Source.Name : $"{Source.Name}:{Line}:{Column}";
}
